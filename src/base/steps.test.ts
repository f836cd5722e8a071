import { expect, it, vi } from 'vitest';
import { finish, finishInSlices, nextSlice, type Steps, yieldToEventLoop } from './steps.ts';

function* countTo(count: number): Steps<number> {
  let sum = 0;
  for (let step = 1; step <= count; step++) {
    sum += step;
    yield;
  }
  return sum;
}

it('`finish` and `finishInSlices` return the result of a computation', async () => {
  expect(finish(countTo(10))).toBe(55);
  expect(await finishInSlices(countTo(10))).toBe(55);
});

it('finishInSlices waits for the next slice when the budget is used up', async () => {
  let clock = 0;
  let slices = 0;
  const waitForSlice = async () => {
    slices++;
  };
  // Each call of the clock advances it by one millisecond, so that each step takes one millisecond.
  await finishInSlices(countTo(100), { budgetMs: 4, now: () => clock++, waitForSlice });
  expect(slices).toBe(25);
});

it('finishInSlices lets other work run between two slices', async () => {
  const order: string[] = [];
  const other = yieldToEventLoop().then(() => order.push('other'));
  await finishInSlices(countTo(3), { budgetMs: 0 }).then(() => order.push('work'));
  await other;
  expect(order).toEqual(['other', 'work']);
});

it('many concurrent computations together use one budget per event-loop iteration', async () => {
  let clock = 0;
  let steps = 0;
  let maxSteps = 0;
  function* work(): Steps<void> {
    for (let step = 0; step < 50; step++) {
      clock++;
      steps++;
      yield;
    }
  }
  const all = Promise.all(
    Array.from({ length: 20 }, () => finishInSlices(work(), { budgetMs: 4, now: () => clock })),
  );
  let isRunning = true;
  const watcher = (async () => {
    while (isRunning) {
      const before = steps;
      await yieldToEventLoop();
      maxSteps = Math.max(maxSteps, steps - before);
    }
  })();
  await all;
  isRunning = false;
  await watcher;
  expect(steps).toBe(1000);
  expect(maxSteps).toBeLessThanOrEqual(8); // two budgets: the watcher and the work do not start an iteration together
});

it('finishInSlices stops at the next pause after the signal aborts', async () => {
  const controller = new AbortController();
  let steps = 0;
  function* work(): Steps<void> {
    for (;;) {
      if (++steps === 3) controller.abort(new RangeError('enough'));
      yield;
    }
  }
  const { signal } = controller;
  await expect(finishInSlices(work(), { budgetMs: 0, signal })).rejects.toThrow('enough');
  await expect(finishInSlices(work(), { signal })).rejects.toThrow('enough');
  expect(steps).toBe(3);
});

it('concurrent calls of nextSlice resolve in the order of the calls', async () => {
  const order: number[] = [];
  await Promise.all([0, 1, 2].map((name) => nextSlice().then(() => order.push(name))));
  expect(order).toEqual([0, 1, 2]);
});

it('yieldToEventLoop works without setImmediate, as in a browser', async () => {
  vi.stubGlobal('setImmediate', undefined);
  try {
    let timerFired = false;
    const timer = setTimeout(() => {
      timerFired = true;
    }, 0);
    while (!timerFired) await yieldToEventLoop();
    clearTimeout(timer);
  } finally {
    vi.unstubAllGlobals();
  }
});

it('`finish` throws and `finishInSlices` rejects with the error of the computation', async () => {
  function* failing(): Steps<never> {
    yield;
    throw new RangeError('no');
  }
  expect(() => finish(failing())).toThrow('no');
  await expect(finishInSlices(failing(), { budgetMs: 0 })).rejects.toThrow('no');
});
