// The events of a KV cache and its scheduler, as the library reports them. kv/event-ring.ts records them.

/** The kinds of events, each with the meaning of `subject` and `value`. */
export const EVENT_KINDS = [
  /** a block got an owner: block, 0 */
  'allocated',
  /** a block got one more owner: block, owners now */
  'shared',
  /** a block is copied before the next step: from, to */
  'copied',
  /** a block lost its last owner and contains nothing worth caching: block, 0 */
  'freed',
  /** a block lost its last owner and stays cached: block, tokens in it */
  'cached',
  /** a cached block was reallocated: block, lost tokens */
  'evicted',
  /** a block is read from a slower store: block, 0 */
  'loaded',
  /** a block is offered to a slower store: block, 0 */
  'stored',
  /** a sequence found computed tokens: requested tokens, found tokens */
  'found',
  /** a sequence runs: sequence, tokens found */
  'admitted',
  /** a sequence was preempted and released its blocks: sequence, computed tokens */
  'preempted',
  /** a sequence waits for another that computes what it needs: sequence, the other */
  'awaiting',
  /** a sequence ended: sequence, tokens */
  'finished',
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

export interface CacheEvent {
  readonly kind: EventKind;
  /** of the engine; its steps are counted from 0 */
  readonly step: number;
  readonly subject: number;
  readonly value: number;
  /** of layers, where the subject is a block */
  readonly group: number;
}
