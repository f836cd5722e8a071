// Ctrl-C: the first stops the answer, the second ends the process.

import { isAbort } from '../base/errors.ts';

export const EXIT_ON_INTERRUPT = 130; // 128 + SIGINT, as shells report it

/** Runs `work` with a signal that the first Ctrl-C aborts; a second one ends the process. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_ON_INTERRUPT);
    controller.abort();
  };
  process.on('SIGINT', onInterrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

/** Passes every piece of a stream to `take`. Returns normally when the stream is aborted. */
export async function drain(pieces: AsyncIterable<string>, take: (piece: string) => void): Promise<void> {
  try {
    for await (const piece of pieces) take(piece);
  } catch (error) {
    if (!isAbort(error)) throw error;
  }
}
