// How long to wait before a request is tried again: what the server asks for, or twice as long each time.

export interface RetryTiming {
  /** tries after the first, while none brings anything new */
  readonly retries: number;
  readonly firstDelayMs: number;
  /** a server that asks for more than this is given up */
  readonly longestDelayMs: number;
}

const GROWTH = 2;

/**
 * Milliseconds to wait, or undefined when waiting is no use any more.
 * @param failures in a row, at least 1
 * @param retryAfter the header: seconds, or a date
 * @param nowMs since 1970
 */
export function retryDelayMs(
  failures: number,
  retryAfter: string | undefined,
  timing: RetryTiming,
  nowMs: number,
): number | undefined {
  if (failures > timing.retries) return undefined;
  const asked = askedMs(retryAfter, nowMs);
  if (asked !== undefined) return asked > timing.longestDelayMs ? undefined : asked;
  return Math.min(timing.firstDelayMs * GROWTH ** (failures - 1), timing.longestDelayMs);
}

function askedMs(retryAfter: string | undefined, nowMs: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const date = /^[A-Z]/i.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN; // dates begin with the day's name
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
