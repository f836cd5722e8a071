// A stream that only carries an error, so that a caller has one place to catch what goes wrong.

import type { GenerationResult, GenerationStream } from './generation.ts';

export function failedStream(error: unknown): GenerationStream {
  const result = Promise.reject<GenerationResult>(error);
  result.catch(() => {}); // the iterator throws the same error
  return {
    result,
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject<IteratorResult<string>>(error) }),
  };
}
