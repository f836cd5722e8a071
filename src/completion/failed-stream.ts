// A stream that only carries an error, so that a caller has one place to catch what goes wrong.

import type { GenerationStream } from './generation.ts';

export function failedStream(error: unknown): GenerationStream {
  const refused = Promise.reject<never>(error);
  refused.catch(() => {}); // the iterator throws the same error
  return {
    accepted: refused,
    result: refused,
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject<IteratorResult<string>>(error) }),
  };
}
