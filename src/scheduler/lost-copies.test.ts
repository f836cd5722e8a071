// Blocks are copied in the next step. If there is no next step, or if it fails, the copies are missing, and the cache must
// not find them. The tests use a simulated executable, which throws when a row attends to memory that was not written.

import { describe, expect, test } from 'vitest';
import { groupsOf, ONE_GROUP } from '../../tests/support/kv/cache-shapes.ts';
import { SimulatedExecutable } from '../../tests/support/kv/simulated-executable.ts';
import { CACHE_POLICIES } from '../kv/cache-policy.ts';
import { createCache } from '../kv/create-cache.ts';
import { Scheduler } from './scheduler.ts';
import { Sequence } from './sequence.ts';

const PROMPT = [1, 2, 3, 4, 5, 6];

describe.each(CACHE_POLICIES)('with the cache policy %s', (policy) => {
  function setUp() {
    const [blocks, blockSize] = [12, 4];
    const cache = createCache(policy, {
      groups: groupsOf(ONE_GROUP, blocks),
      blockSize,
      contextLength: 16,
      maxRunning: 3,
    });
    const scheduler = new Scheduler(cache, { maxRunning: 3, maxRows: 3 });
    const machine = new SimulatedExecutable(blocks, blockSize);
    let id = 0;
    const createSequence = (prompt = PROMPT, capacity = 16): Sequence =>
      new Sequence(id, { prompt, capacity, arrivedAt: id++ });
    const start = (prompt = PROMPT, capacity = 16): Sequence => {
      const sequence = createSequence(prompt, capacity);
      scheduler.submit(sequence);
      return sequence;
    };
    const fork = (parent: Sequence): Sequence => {
      const sequence = createSequence(PROMPT, parent.capacity);
      scheduler.fork(parent, sequence);
      return sequence;
    };
    // Runs a step and ends the sequences that reach their capacity, a fork before its parent.
    const step = (): void => {
      const planned = scheduler.plan(16)!;
      const full: Sequence[] = [];
      scheduler.accept(planned, machine.step(planned), (sequence) => {
        if (sequence.length === sequence.capacity) full.push(sequence);
        return sequence.length === sequence.capacity;
      });
      for (const sequence of full) scheduler.finish(sequence);
    };
    return { scheduler, start, fork, step };
  }

  test('a fork and its parent can be cancelled before the first step of the fork', () => {
    const { scheduler, start, fork, step } = setUp();
    const parent = start();
    const child = fork(parent);
    step();
    expect(child.state).toBe('running');
    scheduler.finish(child);
    scheduler.finish(parent);
    expect(scheduler.plan(16)).toBeUndefined();
    start();
    step();
  });

  test('a fork can end in the step that creates it, before another sequence is cancelled', () => {
    const { scheduler, start, fork, step } = setUp();
    fork(start(PROMPT, PROMPT.length + 1));
    const other = start([9]);
    step();
    scheduler.finish(other);
    expect(scheduler.plan(16)).toBeUndefined();
    start();
    step();
  });

  test('a fork and its parent can be cancelled when the first step of the fork has failed', () => {
    const { scheduler, start, fork, step } = setUp();
    const parent = start();
    const child = fork(parent);
    step();
    expect(scheduler.plan(16)).toBeDefined(); // the step is not run: all its sequences end
    scheduler.finish(child);
    scheduler.finish(parent);
    start();
    step();
  });

  test('pending copies are made in a later step if a plan with budget 0 contains no work', () => {
    const { scheduler, start, fork, step } = setUp();
    fork(start());
    step();
    expect(scheduler.plan(0)).toBeUndefined();
    step();
  });
});
