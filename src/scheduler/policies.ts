// In which order sequences are served, as pure functions of a sequence: the lower its rank, the sooner. A rank
// never changes while a sequence waits, so the queue stays sorted by itself.

export interface Ranked {
  /** milliseconds by any clock that goes forward */
  readonly arrivedAt: number;
  /** 0 by default; higher is sooner */
  readonly priority: number;
}

export type Rank = (sequence: Ranked) => number;

export type SchedulingPolicy = 'first-come' | 'priority';

export const SCHEDULING_POLICIES: readonly SchedulingPolicy[] = ['first-come', 'priority'];

/** Waiting so long counts as much as one level of priority, so nobody waits for ever. */
const AGEING_MS = 5000;

/** First come, first served: priorities are not looked at. */
export const firstCome: Rank = ({ arrivedAt }) => arrivedAt;

/** Higher priority first; each `ageingMs` of waiting is worth one level. */
export function priorityWithAgeing(ageingMs = AGEING_MS): Rank {
  return ({ arrivedAt, priority }) => arrivedAt - priority * ageingMs;
}

export function rankOf(policy: SchedulingPolicy): Rank {
  return policy === 'priority' ? priorityWithAgeing() : firstCome;
}
