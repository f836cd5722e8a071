import { expect, test } from 'vitest';
import { endAfter } from './end-after.ts';

async function* generatePieces(): AsyncGenerator<string, undefined> {
  yield 'a';
}

test('endAfter returns an iterator that ends only after the promise has settled', async () => {
  let resolveResult: (value: string) => void = () => {};
  const result = new Promise<string>((resolve) => (resolveResult = resolve));
  const iterator = endAfter(generatePieces(), result);
  expect(await iterator.next()).toEqual({ done: false, value: 'a' });
  let ended = false;
  const end = iterator.next().finally(() => (ended = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  resolveResult('result');
  expect((await end).done).toBe(true);
});
