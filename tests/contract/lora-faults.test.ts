// Tapes, plans and adapters that do not fit each other are rejected by compiled kernels: executing them would read memory outside of
// matrices.

import { expect, it } from 'vitest';
import type { Executable } from '../../src/kernels/backend.ts';
import type { Operation } from '../../src/program/operations.ts';
import { COMPILED_SETS, compiled } from '../support/compiled-backends.ts';
import { describeWith, needsCompiled } from '../support/needs.ts';
import { loraCase } from './cases.ts';
import { type ContractCase, sourceOf } from './contract-case.ts';

const CASE = loraCase(5, 'F32', { rows: 40 });
const [first, second] = CASE.tape.operations.flatMap((operation) =>
  operation.kind === 'loraDown' ? [operation] : [],
);
const otherValue = CASE.tape.buffers.findIndex(({ width, rows }) => width === 40 && rows === 'T');

const changed = (change: (operation: Operation) => Operation): ContractCase => ({
  ...CASE,
  tape: { ...CASE.tape, operations: CASE.tape.operations.map(change) },
});

describeWith(needsCompiled(), 'adapters', () => {
  const backend = compiled({ instructionSet: COMPILED_SETS[0]!, threads: 2 });
  const create = async (testCase: ContractCase): Promise<Executable> =>
    backend.createExecutable({
      ...testCase,
      weights: await backend.loadWeights(testCase.tape.weights, sourceOf(testCase)),
    });

  it.each<[string, (operation: Operation) => Operation]>([
    [
      'an input of another width',
      (operation) => (operation === first ? { ...first, input: otherValue } : operation),
    ],
    [
      'a target without a layer',
      (operation) => (operation === second ? { ...second, target: 7 } : operation),
    ],
    ['a target of another layer', (operation) => (operation === first ? { ...first, target: 1 } : operation)],
  ])('a tape whose loraDown has %s is rejected', async (_, change) => {
    await expect(create(changed(change))).rejects.toMatchObject({
      code: 'backend_failed',
      detail: expect.stringMatching(/^invalid tape: (loraDown|linear)/),
    });
  });

  it('a plan with a slot that has no adapter is rejected, also after the adapter was removed', async () => {
    const weights = await backend.loadWeights(CASE.tape.weights, sourceOf(CASE));
    const executable = await backend.createExecutable({ ...CASE, weights });
    const [plan] = CASE.plans;
    const rejected = { code: 'backend_failed', detail: expect.stringContaining('adapter does not exist') };
    await expect(executable.step(plan!)).rejects.toMatchObject(rejected);
    const matrices = CASE.adapters[0]!;
    const adapter = await backend.loadAdapter(
      weights,
      matrices.flatMap(({ a, b }) => [a, b]),
      sourceOf(CASE),
    );
    for (const slot of [0, 1]) await executable.setAdapter(slot, { weights: adapter, matrices });
    await executable.step(plan!);
    await executable.setAdapter(1, undefined);
    await expect(executable.step(plan!)).rejects.toMatchObject(rejected);
    for (const slot of [-1, 4096])
      await expect(executable.setAdapter(slot, { weights: adapter, matrices })).rejects.toMatchObject({
        detail: expect.stringContaining('slot'),
      });
    const swapped = matrices.map(({ a, b, ...others }) => ({ ...others, a: b, b: a }));
    await expect(executable.setAdapter(0, { weights: adapter, matrices: swapped })).rejects.toMatchObject({
      detail: expect.stringContaining('shape'),
    });
    await executable.dispose();
  });
});
