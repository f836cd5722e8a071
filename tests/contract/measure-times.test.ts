// An executable of compiled kernels measures how long each thread spends in each operation, if it is enabled.

import { expect, test } from 'vitest';
import { sum } from '../../src/base/sum.ts';
import type { Backend, Executable, ThreadTimes } from '../../src/kernels/backend.ts';
import { native } from '../../src/kernels/native/node/native-backend.ts';
import { wasm } from '../../src/kernels/wasm/node/wasm-backend.ts';
import { describeWith, needsCompiled } from '../support/needs.ts';
import { largeLinearCase } from './cases.ts';
import { type ContractCase, sourceOf } from './contract-case.ts';

const totalMs = ({ operationMs, preparingMs, waitingMs }: ThreadTimes): number =>
  sum([...operationMs, preparingMs, waitingMs]);

async function executableOf(backend: Backend, testCase: ContractCase): Promise<Executable> {
  const weights = await backend.loadWeights(testCase.tape.weights, sourceOf(testCase));
  return backend.createExecutable({ ...testCase, weights });
}

describeWith(needsCompiled(), 'measureTimes', () => {
  const backends = [1, 2, 3].flatMap((threads) => [
    ['native', threads, native({ threads })] as const,
    ['wasm', threads, wasm({ threads })] as const,
  ]);
  test.each(backends)(
    'of the %s backend divides the duration of steps with %i threads',
    async (_, threads, backend) => {
      const testCase = largeLinearCase('Q8_0', 40);
      const executable = await executableOf(backend, testCase);
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
    },
  );

  test('measures nothing while it is disabled, and starts again at zero', async () => {
    const testCase = largeLinearCase('Q8_0', 40);
    const executable = await executableOf(native({ threads: 2 }), testCase);
    await executable.step(testCase.plans[0]!);
    expect((await executable.measureTimes!(true)).map(totalMs)).toEqual([0, 0]);
    await executable.step(testCase.plans[0]!);
    expect(Math.min(...(await executable.measureTimes!(false)).map(totalMs))).toBeGreaterThan(0);
    await executable.step(testCase.plans[0]!);
    expect((await executable.measureTimes!(false)).map(totalMs)).toEqual([0, 0]);
    await executable.dispose();
  });
});
