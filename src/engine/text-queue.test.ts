import { expect, test } from 'vitest';
import { TextQueue } from './text-queue.ts';

function createQueue(): { queue: TextQueue; onReturnCallCount: () => number } {
  let count = 0;
  const queue = new TextQueue(() => count++);
  return { queue, onReturnCallCount: () => count };
}

async function collect(queue: TextQueue): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of queue) pieces.push(piece);
  return pieces;
}

test('TextQueue yields all pieces in order, including pieces pushed before the iteration began', async () => {
  const { queue, onReturnCallCount } = createQueue();
  queue.push('a');
  const pieces = collect(queue);
  queue.push('');
  queue.push('b');
  await Promise.resolve();
  queue.push('c');
  queue.end();
  queue.push('too late');
  expect(await pieces).toEqual(['a', 'b', 'c']);
  expect(onReturnCallCount()).toBe(0);
});

test('a pending next() resolves with the next piece or the end', async () => {
  const { queue } = createQueue();
  const first = queue.next();
  queue.push('a');
  expect(await first).toEqual({ done: false, value: 'a' });
  const second = queue.next();
  queue.end();
  expect(await second).toEqual({ done: true, value: undefined });
});

test('several pending calls of next() resolve in order', async () => {
  const { queue } = createQueue();
  const pendingReads = [queue.next(), queue.next(), queue.next()];
  queue.push('a');
  queue.push('b');
  queue.end();
  expect((await Promise.all(pendingReads)).map(({ value }) => value)).toEqual(['a', 'b', undefined]);
});

test('an error is thrown once, after the queued pieces', async () => {
  const { queue } = createQueue();
  const error = new Error('no more');
  queue.push('a');
  queue.fail(error);
  queue.fail(new Error('another'));
  expect((await queue.next()).value).toBe('a');
  await expect(queue.next()).rejects.toBe(error);
  expect(await queue.next()).toEqual({ done: true, value: undefined });
});

test('`break` in the iteration calls onReturn once and drops the remaining pieces', async () => {
  const { queue, onReturnCallCount } = createQueue();
  queue.push('a');
  queue.push('b');
  for await (const piece of queue) {
    expect(piece).toBe('a');
    break;
  }
  expect(onReturnCallCount()).toBe(1);
  queue.push('c');
  expect(await queue.next()).toEqual({ done: true, value: undefined });
  await queue.return();
  expect(onReturnCallCount()).toBe(1);
});

test('`return` after the end does not call onReturn', async () => {
  const { queue, onReturnCallCount } = createQueue();
  queue.end();
  await queue.return();
  expect(onReturnCallCount()).toBe(0);
});

test('`return` ends a pending next()', async () => {
  const { queue } = createQueue();
  const pendingRead = queue.next();
  await queue.return();
  expect(await pendingRead).toEqual({ done: true, value: undefined });
});
