import { expect, test } from 'vitest';
import { endAfter } from './end-after.ts';

async function* pieces(): AsyncGenerator<string, undefined> {
  yield 'a';
}

test('the iterator ends after the promise has settled, with its value', async () => {
  let settle: (value: string) => void = () => {};
  const end = new Promise<string>((resolve) => (settle = resolve));
  const iterator = endAfter(pieces(), end);
  expect(await iterator.next()).toEqual({ done: false, value: 'a' });
  let ended = false;
  const last = iterator.next().finally(() => (ended = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  settle('result');
  expect((await last).done).toBe(true);
});
