// Tests the reference backend in a worker and in the calling thread. The worker is compiled code: dist/ must be up to date.

import { afterEach, describe, expect, test } from 'vitest';
import { planOf } from '../../../../tests/support/models/step-plans.ts';
import { TinyModel } from '../../../../tests/support/models/tiny-model.ts';
import type { StepPlan } from '../../../base/step/step-plan.ts';
import type { Backend, Executable } from '../../backend.ts';
import { inThreadReference } from '../in-thread.ts';
import { runStep } from '../run-step.ts';
import { reference } from './reference-backend.ts';

const model = new TinyModel('llama', 'Q8_0', 'int8');
const layout = { groups: model.program.kvGroups, dtype: 'f32' as const, blockSize: 4 };
const BLOCKS = 6;
const PLAN = planOf([
  { tokens: [3, 1, 4, 1, 5, 9], from: 0, blocks: [5, 2] },
  { tokens: [2, 7], from: 0, blocks: [0] },
]);

const openExecutables: Executable[] = [];
afterEach(async () => {
  for (const executable of openExecutables.splice(0)) await executable.dispose();
});

const source = {
  byteLength: (name: string) => model.stored.get(name)!.byteLength,
  readInto: async (name: string, target: Uint8Array, from = 0) =>
    target.set(new Uint8Array(model.stored.get(name)!, from, target.byteLength)),
};

async function createExecutable(backend: Backend, blocks = BLOCKS): Promise<Executable> {
  const weights = await backend.loadWeights(model.program.weights, source);
  const tape = model.tape();
  const executable = await backend.createExecutable({
    tape,
    weights,
    layout,
    blocks: [blocks],
    contextLength: 40,
  });
  openExecutables.push(executable);
  return executable;
}

test('loadWeights stores each tensor once and reports progress in bytes', async () => {
  const steps: [number, number][] = [];
  const { bytes } = await reference().loadWeights(model.program.weights, source, (...step) =>
    steps.push(step),
  );
  const sizes = [...model.stored.values()].map(({ byteLength }) => byteLength);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(bytes).toBe(total); // the tied embedding is counted once
  expect(steps).toHaveLength(sizes.length);
  expect(steps.at(-1)).toEqual([total, total]);
});

describe.each([
  ['a worker', reference],
  ['the calling thread', inThreadReference],
])('an executable in %s', (_, create) => {
  const openExecutable = (blocks?: number): Promise<Executable> => createExecutable(create(), blocks);

  test('computes the same bits as runStep', async () => {
    const executable = await openExecutable();
    const state = model.state(layout.blockSize, BLOCKS);
    const next = planOf([{ tokens: [3, 1, 4, 1, 5, 9, 2], from: 6, blocks: [5, 1] }], [2, 1]);
    for (const plan of [PLAN, next]) {
      const { selected, logits, stepMs } = await executable.step(plan);
      const expected = runStep(state, plan);
      expect({ selected, logits }).toEqual({ selected: expected.selected, logits: expected.logits });
      expect(stepMs).toBeGreaterThan(0);
    }
  });

  test('reads the blocks that a step or `writeBlock` has written', async () => {
    const executable = await openExecutable();
    await executable.step(PLAN);
    const state = model.state(layout.blockSize, BLOCKS);
    runStep(state, PLAN);
    const block = await executable.readBlock(0, 5);
    expect(block).toEqual(state.kv[0]!.readBlock(5));

    const other = block.map((byte) => byte ^ 1);
    await executable.writeBlock(0, 3, other);
    expect(await executable.readBlock(0, 3)).toEqual(other);
    expect(await executable.readBlock(0, 5)).toEqual(block);
  });

  test('continues a sequence from the blocks of another executable', async () => {
    const [first, second] = [await openExecutable(), await openExecutable()];
    const tokens = [3, 1, 4, 1, 5];
    await first.step(planOf([{ tokens: tokens.slice(0, 4), from: 0, blocks: [5] }]));
    await second.writeBlock(0, 1, await first.readBlock(0, 5));
    const restored = await second.step(planOf([{ tokens, from: 4, blocks: [1, 0] }]));
    const continued = await first.step(planOf([{ tokens, from: 4, blocks: [5, 2] }]));
    expect(restored.logits).toEqual(continued.logits);
  });

  test('rejects the current step and later calls with `disposed` after `dispose`', async () => {
    const executable = await openExecutable();
    const stepRejected = expect(executable.step(PLAN)).rejects.toMatchObject({ code: 'disposed' });
    await executable.dispose();
    await stepRejected;
    await expect(executable.step(PLAN)).rejects.toMatchObject({ code: 'disposed' });
    await expect(executable.readBlock(0, 0)).rejects.toMatchObject({ code: 'disposed' });
    await executable.dispose();
  });

  test('rejects a failed step with `backend_failed` and a message of one line, and can run later steps', async () => {
    const executable = await openExecutable();
    const invalidPlan: StepPlan = { ...PLAN, blockTable: [] };
    const error = await executable.step(invalidPlan).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'backend_failed' });
    expect((error as { line: string }).line).not.toMatch(/\n|\bat .*:\d+/); // without a stack trace
    const { logits } = await executable.step(PLAN);
    expect(logits).toEqual(runStep(model.state(layout.blockSize, BLOCKS), PLAN).logits);
  });

  test('runs calls in order, even if they are not awaited', async () => {
    const executable = await openExecutable();
    const before = await executable.readBlock(0, 5);
    const [, after] = await Promise.all([
      executable.step(PLAN),
      executable.readBlock(0, 5),
      executable.writeBlock(0, 5, before),
    ]);
    const state = model.state(layout.blockSize, BLOCKS);
    runStep(state, PLAN);
    expect(after).toEqual(state.kv[0]!.readBlock(5));
    expect(await executable.readBlock(0, 5)).toEqual(before);
  });

  test('is not created if there is not enough memory', async () => {
    await expect(openExecutable(2 ** 40)).rejects.toMatchObject({ code: 'out_of_memory' });
  });

  test('rejects weights of another backend', async () => {
    const otherWeights = { backend: 'reference', bytes: 0, dispose: () => {} } as const;
    const request = { tape: model.tape(), weights: otherWeights, layout, blocks: [1], contextLength: 40 };
    await expect(create().createExecutable(request)).rejects.toThrow(/another backend/);
  });
});
