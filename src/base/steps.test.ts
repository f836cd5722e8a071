import { expect, it, vi } from 'vitest';
import { finish, finishInTurns, nextTurn, type Steps, takeTurn } from './steps.ts';

function* countTo(count: number): Steps<number> {
  let sum = 0;
  for (let step = 1; step <= count; step++) {
    sum += step;
    yield;
  }
  return sum;
}

it('gives one result, at once or in turns', async () => {
  expect(finish(countTo(10))).toBe(55);
  expect(await finishInTurns(countTo(10))).toBe(55);
});

it('takes a turn whenever its time is used up', async () => {
  let clock = 0;
  let turns = 0;
  const turn = async () => {
    turns++;
  };
  // A step takes a millisecond here: every look at the clock is one later.
  await finishInTurns(countTo(100), { budgetMs: 4, now: () => clock++, turn });
  expect(turns).toBe(25);
});

it('lets others run in between', async () => {
  const order: string[] = [];
  const other = nextTurn().then(() => order.push('other'));
  await finishInTurns(countTo(3), { budgetMs: 0 }).then(() => order.push('work'));
  await other;
  expect(order).toEqual(['other', 'work']);
});

it('does no more in a round of the event loop for many than for one', async () => {
  let clock = 0;
  let steps = 0;
  let most = 0;
  function* work(): Steps<void> {
    for (let step = 0; step < 50; step++) {
      clock++;
      steps++;
      yield;
    }
  }
  const all = Promise.all(
    Array.from({ length: 20 }, () => finishInTurns(work(), { budgetMs: 4, now: () => clock })),
  );
  let going = true;
  const watching = (async () => {
    while (going) {
      const before = steps;
      await nextTurn();
      most = Math.max(most, steps - before);
    }
  })();
  await all;
  going = false;
  await watching;
  expect(steps).toBe(1000);
  expect(most).toBeLessThanOrEqual(8); // two rounds' worth: this look and the work do not begin a round together
});

it('leaves the rest undone when it is told to', async () => {
  const controller = new AbortController();
  let steps = 0;
  function* work(): Steps<void> {
    for (;;) {
      if (++steps === 3) controller.abort(new RangeError('enough'));
      yield;
    }
  }
  const { signal } = controller;
  await expect(finishInTurns(work(), { budgetMs: 0, signal })).rejects.toThrow('enough');
  await expect(finishInTurns(work(), { signal })).rejects.toThrow('enough');
  expect(steps).toBe(3);
});

it('gives each a turn in the order in which they came', async () => {
  const order: number[] = [];
  await Promise.all([0, 1, 2].map((name) => takeTurn().then(() => order.push(name))));
  expect(order).toEqual([0, 1, 2]);
});

it('takes turns in a browser too, where there is no setImmediate', async () => {
  vi.stubGlobal('setImmediate', undefined);
  try {
    let went = false;
    const timer = setTimeout(() => {
      went = true;
    }, 0);
    while (!went) await nextTurn();
    clearTimeout(timer);
  } finally {
    vi.unstubAllGlobals();
  }
});

it('rejects with what the work throws', async () => {
  function* failing(): Steps<never> {
    yield;
    throw new RangeError('no');
  }
  expect(() => finish(failing())).toThrow('no');
  await expect(finishInTurns(failing(), { budgetMs: 0 })).rejects.toThrow('no');
});
