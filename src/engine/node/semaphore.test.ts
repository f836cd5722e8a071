import { expect, test } from 'vitest';
import { Semaphore } from './semaphore.ts';

test('Semaphore starts operations in order and never runs more than the limit at once', async () => {
  const semaphore = new Semaphore(2);
  const order: number[] = [];
  let runningCount = 0;
  let maxRunning = 0;
  await Promise.all(
    [0, 1, 2, 3, 4].map((number) =>
      semaphore.run(async () => {
        order.push(number);
        maxRunning = Math.max(maxRunning, ++runningCount);
        await new Promise((resolve) => setImmediate(resolve));
        runningCount--;
      }),
    ),
  );
  expect(maxRunning).toBe(2);
  expect(order).toEqual([0, 1, 2, 3, 4]);
});

test('Semaphore runs the next operation after a failed one', async () => {
  const semaphore = new Semaphore(1);
  await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await semaphore.run(async () => 'done')).toBe('done');
});
