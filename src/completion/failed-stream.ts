// A stream that only reports an error, so that callers handle all errors of a request in one way.

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
