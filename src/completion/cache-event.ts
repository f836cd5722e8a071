// The events of a KV cache and its scheduler that the library reports. kv/event-ring.ts records them.

/** The kinds of events, each with the meaning of `subject` and `value`. */
export const EVENT_KINDS = [
  /** a block was allocated: block, 0 */
  'allocated',
  /** the reference count of a block increased: block, new count */
  'shared',
  /** a block is copied before the next step: from, to */
  'copied',
  /** a block lost its last owner and contains no computed text: block, 0 */
  'freed',
  /** a block lost its last owner and stays cached: block, its tokens */
  'cached',
  /** a cached block was evicted: block, its tokens */
  'evicted',
  /** a block is loaded from the offload store: block, 0 */
  'loaded',
  /** a block is passed to the offload store: block, 0 */
  'stored',
  /** a new sequence was matched: tokens of its prompt, tokens found */
  'found',
  /** a sequence was admitted: sequence, tokens found */
  'admitted',
  /** a sequence was preempted: sequence, its computed tokens */
  'preempted',
  /** a sequence waits for a prefix that another one computes: sequence, the other one */
  'awaiting',
  /** a sequence ended: sequence, its tokens */
  'finished',
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

export interface CacheEvent {
  readonly kind: EventKind;
  /** number of the engine's step, from 0 */
  readonly step: number;
  readonly subject: number;
  readonly value: number;
  /** group of layers, if the subject is a block */
  readonly group: number;
}
