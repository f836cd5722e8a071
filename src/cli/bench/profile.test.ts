import { expect, test } from 'vitest';
import { TinyModel } from '../../../tests/support/models/tiny-model.ts';
import { profileOf } from './profile.ts';
import type { LoggedStep } from './step-log.ts';

const tape = new TinyModel('llama', 'Q8_0').tape();
const NAMES = ['linear self_attn.q_proj Q8_0', 'attention'];

// A step in which each q projection takes 1 ms in the first thread and 3 ms in the second, and attention 2 ms in each.
function stepAt(positions: readonly number[], stepMs: number): LoggedStep {
  const timesOf = (linearMs: number) => ({
    operationMs: Float64Array.from(tape.operations, (operation) => {
      if (operation.kind === 'attention') return 2;
      const isQuery = operation.kind === 'linear' && /q_proj/.test(tape.weights[operation.weight]!.tensor);
      return isQuery ? linearMs : 0;
    }),
    ...{ preparingMs: linearMs / 10, waitingMs: 4 - linearMs },
  });
  const count = positions.length;
  const shape = {
    positions: Int32Array.from(positions),
    queryStart: Int32Array.of(0, count),
    contextLength: Int32Array.of(positions[count - 1]! + 1),
    logitsRows: Int32Array.of(0),
  };
  return { shape, stepMs, times: [timesOf(1), timesOf(3)] };
}

test('adds up the operations of all layers, as the mean of the threads per step', () => {
  const { prefill, decode } = profileOf([stepAt([0, 1], 12), stepAt([2], 10), stepAt([3], 30)], tape, 2);
  expect(prefill).toMatchObject({ steps: 1, stepMs: 12 });
  expect(decode).toMatchObject({ steps: 2, stepMs: 20 });
  const timed = decode!.operations.filter(({ ms }) => ms > 0);
  expect(timed.map(({ name }) => name).toSorted()).toEqual(NAMES.toSorted());
  // two layers: 2 x (1 + 3) / 2 ms, and 2 x 2 ms
  for (const { ms, share } of timed) expect([ms, share]).toEqual([4, 0.2]);
  expect(decode).toMatchObject({ preparingMs: [0.1, 0.3], waitingMs: [3, 1] });
});

test('a phase without steps is absent', () => {
  expect(Object.keys(profileOf([stepAt([0, 1], 12)], tape, 2))).toEqual(['prefill']);
});
