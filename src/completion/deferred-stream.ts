// A stream that callers receive before it has started, for example while a long prompt is tokenized.

import type { GenerationStream } from './generation.ts';

/**
 * Returns a stream with the output of the stream to which `started` resolves. If `started` rejects, then `accepted`, `result`
 * and the iteration reject with the same error.
 */
export function deferredStream(started: Promise<GenerationStream>): GenerationStream {
  let inner: GenerationStream | undefined;
  const accepted = started.then((stream) => stream.accepted);
  accepted.catch(() => {}); // `result` rejects with the same error
  const result = started.then((stream) => {
    inner = stream;
    return stream.result;
  });
  result.catch(() => {}); // the iterator throws the same error
  return {
    accepted,
    result,
    soFar: () => inner?.soFar?.() ?? NO_OUTPUT,
    [Symbol.asyncIterator]() {
      const iterator = started.then((stream) => stream[Symbol.asyncIterator]());
      iterator.catch(() => {}); // `next` throws the same error
      return {
        next: async () => (await iterator).next(),
        // If the iteration ends before the stream starts, the stream is ended as soon as it starts.
        return: async () => (await (await iterator).return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}

const NO_OUTPUT = { text: '', tokens: [] } as const;
