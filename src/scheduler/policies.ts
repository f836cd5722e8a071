// The order in which sequences are scheduled, as pure functions of a sequence: lower ranks come first. A rank does
// not change while a sequence waits, so the queue stays sorted.

export interface Ranked {
  /** milliseconds of any monotonic clock */
  readonly arrivedAt: number;
  /** 0 by default; higher priorities come first */
  readonly priority: number;
}

export type Rank = (sequence: Ranked) => number;

export type SchedulingPolicy = 'first-come' | 'priority';

export const SCHEDULING_POLICIES: readonly SchedulingPolicy[] = ['first-come', 'priority'];

/** Waiting this long counts as much as one level of priority, so that no sequence starves. */
const AGEING_MS = 5000;

/** First come, first served; ignores priorities. */
export const firstCome: Rank = ({ arrivedAt }) => arrivedAt;

/** Higher priority first; each `ageingMs` of waiting counts as one level. */
export function priorityWithAgeing(ageingMs = AGEING_MS): Rank {
  return ({ arrivedAt, priority }) => arrivedAt - priority * ageingMs;
}

export function rankOf(policy: SchedulingPolicy): Rank {
  return policy === 'priority' ? priorityWithAgeing() : firstCome;
}
