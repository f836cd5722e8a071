import { expect, test } from 'vitest';
import { deferredStream } from './deferred-stream.ts';
import type { GenerationResult, GenerationStream } from './generation.ts';

const RESULT = { text: 'ab' } as GenerationResult;

function createStream(pieces: readonly string[], onReturn = () => {}): GenerationStream {
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

test('deferredStream yields the pieces and the result after the stream has started', async () => {
  let startStream: (stream: GenerationStream) => void = () => {};
  const deferred = deferredStream(new Promise((resolve) => (startStream = resolve)));
  const collected = (async () => {
    const pieces: string[] = [];
    for await (const piece of deferred) pieces.push(piece);
    return pieces;
  })();
  startStream(createStream(['a', 'b']));
  expect(await collected).toEqual(['a', 'b']);
  await deferred.accepted;
  expect(await deferred.result).toBe(RESULT);
});

test('`accepted`, `result` and the iteration of a deferredStream reject if the stream does not start', async () => {
  const error = new Error('no');
  const deferred = deferredStream(Promise.reject(error));
  await expect(deferred.accepted).rejects.toBe(error);
  await expect(deferred.result).rejects.toBe(error);
  await expect(deferred[Symbol.asyncIterator]().next()).rejects.toBe(error);
});

test('`return` of the iterator ends a stream that has not started yet', async () => {
  let returnCalls = 0;
  let startStream: (stream: GenerationStream) => void = () => {};
  const deferred = deferredStream(new Promise((resolve) => (startStream = resolve)));
  const returned = deferred[Symbol.asyncIterator]().return?.();
  startStream(createStream(['a'], () => returnCalls++));
  expect(await returned).toEqual({ done: true, value: undefined });
  expect(returnCalls).toBe(1);
});

test('`soFar` returns no output before the stream starts, and then the output of the stream', async () => {
  const soFar = () => ({ text: 'a', tokens: [1] });
  const deferred = deferredStream(Promise.resolve({ ...createStream(['a']), soFar }));
  expect(deferred.soFar?.()).toEqual({ text: '', tokens: [] });
  await deferred.result;
  expect(deferred.soFar?.()).toEqual({ text: 'a', tokens: [1] });
});
