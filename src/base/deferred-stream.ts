// A stream that begins when something else is done, such as tokenizing a long prompt. A caller has it at once and
// uses it like any other.

import type { GenerationStream } from './completer.ts';

/** What goes wrong before the stream begins comes through it. */
export function deferredStream(begun: Promise<GenerationStream>): GenerationStream {
  const result = begun.then((stream) => stream.result);
  result.catch(() => {}); // the iterator throws the same error
  return {
    result,
    [Symbol.asyncIterator]() {
      const inner = begun.then((stream) => stream[Symbol.asyncIterator]());
      inner.catch(() => {}); // thrown by `next`
      return {
        next: async () => (await inner).next(),
        // Ending early ends what has begun meanwhile.
        return: async () => (await (await inner).return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}
