// Computes the delay before a retry: the server's `Retry-After`, or exponential backoff.

export interface RetryTiming {
  /** maximum number of consecutive retries without progress */
  readonly retries: number;
  readonly firstDelayMs: number;
  /** the maximum delay; no retry follows a longer `Retry-After` */
  readonly maxDelayMs: number;
}

const GROWTH = 2;

/**
 * Returns the delay in milliseconds; undefined if the request must not be retried.
 * @param failures number of consecutive failures, at least 1
 * @param retryAfter value of the header: seconds or a date
 * @param nowMs milliseconds since 1970
 */
export function retryDelayMs(
  failures: number,
  retryAfter: string | undefined,
  timing: RetryTiming,
  nowMs: number,
): number | undefined {
  if (failures > timing.retries) return undefined;
  const requested = retryAfterMs(retryAfter, nowMs);
  if (requested !== undefined) return requested > timing.maxDelayMs ? undefined : requested;
  return Math.min(timing.firstDelayMs * GROWTH ** (failures - 1), timing.maxDelayMs);
}

function retryAfterMs(retryAfter: string | undefined, nowMs: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const date = /^[A-Z]/i.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN; // dates begin with a day of the week
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
