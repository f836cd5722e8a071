// An executable of the native backend measures how long each thread spends in each operation, if it is enabled.

import { expect, test } from 'vitest';
import { sum } from '../../src/base/sum.ts';
import type { Executable, ThreadTimes } from '../../src/kernels/backend.ts';
import { native } from '../../src/kernels/native/node/native-backend.ts';
import { describeWith, needsNative } from '../support/needs.ts';
import { largeLinearCase } from './cases.ts';
import { type ContractCase, sourceOf } from './contract-case.ts';

const totalMs = ({ operationMs, preparingMs, waitingMs }: ThreadTimes): number =>
  sum([...operationMs, preparingMs, waitingMs]);

async function executableOf(testCase: ContractCase, threads: number): Promise<Executable> {
  const backend = native({ threads });
  const weights = await backend.loadWeights(testCase.tape.weights, sourceOf(testCase));
  return backend.createExecutable({ ...testCase, weights });
}

describeWith(needsNative(), 'measureTimes of the native backend', () => {
  test.each([1, 2, 3])('divides the duration of steps with %i threads', async (threads) => {
    const testCase = largeLinearCase('Q8_0', 40);
    const executable = await executableOf(testCase, threads);
    await executable.measureTimes!(true);
    let stepMs = 0;
    for (let step = 0; step < 5; step++) stepMs += (await executable.step(testCase.plans[0]!)).stepMs;
    const times = await executable.measureTimes!(true);
    expect(times).toHaveLength(threads);
    const totals = times.map(totalMs);
    for (const [thread, { operationMs }] of times.entries()) {
      expect(operationMs).toHaveLength(testCase.tape.operations.length);
      expect(operationMs.every((ms) => ms >= 0)).toBe(true);
      expect(totals[thread]).toBeLessThanOrEqual(stepMs + 1e-6);
    }
    const linear = testCase.tape.operations.findIndex(({ kind }) => kind === 'linear');
    expect(sum(times.map(({ operationMs }) => operationMs[linear]!))).toBeGreaterThan(0);
    await executable.dispose();
  });

  test('measures nothing while it is disabled, and starts again at zero', async () => {
    const testCase = largeLinearCase('Q8_0', 40);
    const executable = await executableOf(testCase, 2);
    await executable.step(testCase.plans[0]!);
    expect((await executable.measureTimes!(true)).map(totalMs)).toEqual([0, 0]);
    await executable.step(testCase.plans[0]!);
    expect(Math.min(...(await executable.measureTimes!(false)).map(totalMs))).toBeGreaterThan(0);
    await executable.step(testCase.plans[0]!);
    expect((await executable.measureTimes!(false)).map(totalMs)).toEqual([0, 0]);
    await executable.dispose();
  });
});
