// Handles a promise that is not awaited: an unexpected rejection is reported to the console with its stack, like an uncaught
// exception.

export function runInBackground(work: Promise<unknown>): void {
  work.catch((error: unknown) => reportError(error));
}
