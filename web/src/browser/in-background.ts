// For promises that are not awaited: an unexpected rejection is reported to the console with its stack, like an uncaught
// exception.

export function inBackground(work: Promise<unknown>): void {
  work.catch((error: unknown) => reportError(error));
}
