// The scheduling policies. Each policy is a pure function that computes the rank of a sequence; sequences with a lower rank are
// scheduled first. The rank of a sequence does not change while it waits, so the queue stays sorted.

export interface RankCriteria {
  /** milliseconds of any monotonic clock */
  readonly arrivedAt: number;
  /** 0 by default; sequences of higher priority are scheduled first */
  readonly priority: number;
}

export type RankFunction = (sequence: RankCriteria) => number;

export type SchedulingPolicy = 'first-come' | 'priority';

export const SCHEDULING_POLICIES: readonly SchedulingPolicy[] = ['first-come', 'priority'];

// A sequence that arrived this much earlier is scheduled before a sequence of the next higher priority, so no sequence
// starves.
const AGEING_MS = 5000;

/** First come, first served. Ignores priorities. */
export const rankByArrival: RankFunction = ({ arrivedAt }) => arrivedAt;

/** Returns a rank function by priority, in which each `ageingMs` of waiting time counts as one level of priority. */
export function rankByPriority(ageingMs = AGEING_MS): RankFunction {
  return ({ arrivedAt, priority }) => arrivedAt - priority * ageingMs;
}

export function rankFunctionOf(policy: SchedulingPolicy): RankFunction {
  return policy === 'priority' ? rankByPriority() : rankByArrival;
}
