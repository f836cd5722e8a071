// The delay before a retry: the server's `Retry-After`, or exponential backoff.

export interface RetryTiming {
  /** retries in a row without progress */
  readonly retries: number;
  readonly firstDelayMs: number;
  /** the upper limit; a longer `Retry-After` ends the retries */
  readonly longestDelayMs: number;
}

const GROWTH = 2;

/**
 * Returns the delay in milliseconds; undefined if there should be no retry.
 * @param failures number of failures in a row, at least 1
 * @param retryAfter the header: seconds, or a date
 * @param nowMs milliseconds since 1970
 */
export function retryDelayMs(
  failures: number,
  retryAfter: string | undefined,
  timing: RetryTiming,
  nowMs: number,
): number | undefined {
  if (failures > timing.retries) return undefined;
  const requested = requestedMs(retryAfter, nowMs);
  if (requested !== undefined) return requested > timing.longestDelayMs ? undefined : requested;
  return Math.min(timing.firstDelayMs * GROWTH ** (failures - 1), timing.longestDelayMs);
}

function requestedMs(retryAfter: string | undefined, nowMs: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const date = /^[A-Z]/i.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN; // dates begin with the name of the day
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
