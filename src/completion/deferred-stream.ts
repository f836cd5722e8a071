// A stream that begins when something else is done, such as tokenizing a long prompt. A caller has it at once and
// uses it like any other.

import type { GenerationStream } from './generation.ts';

/** What goes wrong before the stream begins comes through it. */
export function deferredStream(begun: Promise<GenerationStream>): GenerationStream {
  let inner: GenerationStream | undefined;
  const accepted = begun.then((stream) => stream.accepted);
  accepted.catch(() => {}); // `result` rejects with the same error
  const result = begun.then((stream) => {
    inner = stream;
    return stream.result;
  });
  result.catch(() => {}); // the iterator throws the same error
  return {
    accepted,
    result,
    soFar: () => inner?.soFar?.() ?? NOTHING,
    [Symbol.asyncIterator]() {
      const iterator = begun.then((stream) => stream[Symbol.asyncIterator]());
      iterator.catch(() => {}); // thrown by `next`
      return {
        next: async () => (await iterator).next(),
        // Ending early ends what has begun meanwhile.
        return: async () => (await (await iterator).return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}

const NOTHING = { text: '', tokens: [] } as const;
