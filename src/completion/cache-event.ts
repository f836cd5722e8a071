// The events of a KV cache and its scheduler, as the library reports them. kv/event-ring.ts records them.

/** What `subject` and `value` mean for each kind of event. */
export const EVENT_KINDS = [
  /** a block got an owner: block, 0 */
  'allocated',
  /** a block got one more owner: block, owners now */
  'shared',
  /** a block is copied before the next step: from, to */
  'copied',
  /** a block lost its last owner and holds nothing worth keeping: block, 0 */
  'freed',
  /** a block lost its last owner and stays findable: block, tokens in it */
  'cached',
  /** a kept block was taken for something else: block, tokens that are lost */
  'evicted',
  /** a block is read from a slower store: block, 0 */
  'loaded',
  /** a block is offered to a slower store: block, 0 */
  'stored',
  /** a sequence found computed tokens: tokens it asked for, tokens found */
  'found',
  /** a sequence runs: sequence, tokens found */
  'admitted',
  /** a sequence gave its blocks to others: sequence, tokens that were computed */
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
