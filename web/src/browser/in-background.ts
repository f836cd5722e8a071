// For what is begun and not waited for: a rejection that nobody expected shows in the console with its stack, as an
// exception would, and is not lost.

export function inBackground(work: Promise<unknown>): void {
  work.catch((error: unknown) => reportError(error));
}
