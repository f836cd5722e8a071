import { expect, test } from 'vitest';
import { deferredStream } from './deferred-stream.ts';
import type { GenerationResult, GenerationStream } from './generation.ts';

const RESULT = { text: 'ab' } as GenerationResult;

function stream(pieces: readonly string[], onReturn = () => {}): GenerationStream {
  return {
    accepted: Promise.resolve(),
    result: Promise.resolve(RESULT),
    [Symbol.asyncIterator]() {
      const inner = pieces[Symbol.iterator]();
      return {
        next: async () => inner.next() as IteratorResult<string>,
        return: async () => {
          onReturn();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

test('yields the pieces and the result of the stream once it has started', async () => {
  let begin: (stream: GenerationStream) => void = () => {};
  const deferred = deferredStream(new Promise((resolve) => (begin = resolve)));
  const collected = (async () => {
    const pieces: string[] = [];
    for await (const piece of deferred) pieces.push(piece);
    return pieces;
  })();
  begin(stream(['a', 'b']));
  expect(await collected).toEqual(['a', 'b']);
  await deferred.accepted;
  expect(await deferred.result).toBe(RESULT);
});

test('a failure before the start rejects accepted, result and the iterator', async () => {
  const error = new Error('no');
  const deferred = deferredStream(Promise.reject(error));
  await expect(deferred.accepted).rejects.toBe(error);
  await expect(deferred.result).rejects.toBe(error);
  await expect(deferred[Symbol.asyncIterator]().next()).rejects.toBe(error);
});

test('returning from the iterator ends the stream, even before it has started', async () => {
  let ended = 0;
  let begin: (stream: GenerationStream) => void = () => {};
  const deferred = deferredStream(new Promise((resolve) => (begin = resolve)));
  const returned = deferred[Symbol.asyncIterator]().return?.();
  begin(stream(['a'], () => ended++));
  expect(await returned).toEqual({ done: true, value: undefined });
  expect(ended).toBe(1);
});

test('soFar is empty before the start, and then that of the stream', async () => {
  const soFar = () => ({ text: 'a', tokens: [1] });
  const deferred = deferredStream(Promise.resolve({ ...stream(['a']), soFar }));
  expect(deferred.soFar?.()).toEqual({ text: '', tokens: [] });
  await deferred.result;
  expect(deferred.soFar?.()).toEqual({ text: 'a', tokens: [1] });
});
