// A stream that only reports an error, so that callers can handle all errors of a request in the same way.

import type { GenerationStream } from './generation.ts';

export function failedStream(error: unknown): GenerationStream {
  const rejected = Promise.reject<never>(error);
  rejected.catch(() => {}); // the iterator throws the same error
  return {
    accepted: rejected,
    result: rejected,
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject<IteratorResult<string>>(error) }),
  };
}
