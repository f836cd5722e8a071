// Handles Ctrl-C: the first Ctrl-C stops the answer, the second ends the process.

import { isAbort } from '../base/errors.ts';

export const INTERRUPT_EXIT_CODE = 130; // 128 + SIGINT, the exit code that shells use

/** Runs `work` with a signal that the first Ctrl-C aborts. A second Ctrl-C ends the process. */
export async function runInterruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPT_EXIT_CODE);
    controller.abort();
  };
  process.on('SIGINT', onInterrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

/** Passes each piece of a stream to `onPiece`. Also resolves if the stream is aborted. */
export async function consumePieces(
  pieces: AsyncIterable<string>,
  onPiece: (piece: string) => void,
): Promise<void> {
  try {
    for await (const piece of pieces) onPiece(piece);
  } catch (error) {
    if (!isAbort(error)) throw error;
  }
}
