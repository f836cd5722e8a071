// The reference as a worker thread, and in the thread that calls it. The worker runs compiled: dist/ must be built.

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

const opened: Executable[] = [];
afterEach(async () => {
  for (const executable of opened.splice(0)) await executable.dispose();
});

const source = {
  byteLength: (name: string) => model.stored.get(name)!.byteLength,
  readInto: async (name: string, target: Uint8Array, from = 0) =>
    target.set(new Uint8Array(model.stored.get(name)!, from, target.byteLength)),
};

async function made(backend: Backend, blocks = BLOCKS): Promise<Executable> {
  const weights = await backend.loadWeights(model.program.weights, source);
  const tape = model.tape();
  const one = await backend.createExecutable({ tape, weights, layout, blocks: [blocks], contextLength: 40 });
  opened.push(one);
  return one;
}

test('weights are stored once a tensor, and progress is told in bytes', async () => {
  const steps: [number, number][] = [];
  const { bytes } = await reference().loadWeights(model.program.weights, source, (...step) =>
    steps.push(step),
  );
  const sizes = [...model.stored.values()].map(({ byteLength }) => byteLength);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(bytes).toBe(total); // the tied embedding counts once
  expect(steps).toHaveLength(sizes.length);
  expect(steps.at(-1)).toEqual([total, total]);
});

describe.each([
  ['a worker', reference],
  ['this thread', inThreadReference],
])('an executable in %s', (_, create) => {
  const executable = (blocks?: number): Promise<Executable> => made(create(), blocks);

  test('steps to the same bits as the function it wraps', async () => {
    const worker = await executable();
    const state = model.state(layout.blockSize, BLOCKS);
    const next = planOf([{ tokens: [3, 1, 4, 1, 5, 9, 2], from: 6, blocks: [5, 1] }], [2, 1]);
    for (const plan of [PLAN, next]) {
      const { selected, logits, stepMs } = await worker.step(plan);
      const expected = runStep(state, plan);
      expect({ selected, logits }).toEqual({ selected: expected.selected, logits: expected.logits });
      expect(stepMs).toBeGreaterThan(0);
    }
  });

  test('gives out blocks and takes them back', async () => {
    const worker = await executable();
    await worker.step(PLAN);
    const state = model.state(layout.blockSize, BLOCKS);
    runStep(state, PLAN);
    const block = await worker.readBlock(0, 5);
    expect(block).toEqual(state.kv[0]!.readBlock(5));

    const other = block.map((byte) => byte ^ 1);
    await worker.writeBlock(0, 3, other);
    expect(await worker.readBlock(0, 3)).toEqual(other);
    expect(await worker.readBlock(0, 5)).toEqual(block);
  });

  test('restores a sequence in another executable from its blocks', async () => {
    const [first, second] = [await executable(), await executable()];
    const tokens = [3, 1, 4, 1, 5];
    await first.step(planOf([{ tokens: tokens.slice(0, 4), from: 0, blocks: [5] }]));
    await second.writeBlock(0, 1, await first.readBlock(0, 5));
    const there = await second.step(planOf([{ tokens, from: 4, blocks: [1, 0] }]));
    const here = await first.step(planOf([{ tokens, from: 4, blocks: [5, 2] }]));
    expect(there.logits).toEqual(here.logits);
  });

  test('disposed of during a step, refuses that step and every later call with `disposed`', async () => {
    const worker = await executable();
    const refused = expect(worker.step(PLAN)).rejects.toMatchObject({ code: 'disposed' });
    await worker.dispose();
    await refused;
    await expect(worker.step(PLAN)).rejects.toMatchObject({ code: 'disposed' });
    await expect(worker.readBlock(0, 0)).rejects.toMatchObject({ code: 'disposed' });
    await worker.dispose();
  });

  test('answers a step that fails with `backend_failed` in one line, and goes on', async () => {
    const worker = await executable();
    const broken: StepPlan = { ...PLAN, blockTable: [] };
    const error = await worker.step(broken).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'backend_failed' });
    expect((error as { line: string }).line).not.toMatch(/\n|\bat .*:\d+/); // no stack in it
    const { logits } = await worker.step(PLAN);
    expect(logits).toEqual(runStep(model.state(layout.blockSize, BLOCKS), PLAN).logits);
  });

  test('runs calls in order, whether they are awaited or not', async () => {
    const worker = await executable();
    const before = await worker.readBlock(0, 5);
    const [, after] = await Promise.all([
      worker.step(PLAN),
      worker.readBlock(0, 5),
      worker.writeBlock(0, 5, before),
    ]);
    const state = model.state(layout.blockSize, BLOCKS);
    runStep(state, PLAN);
    expect(after).toEqual(state.kv[0]!.readBlock(5));
    expect(await worker.readBlock(0, 5)).toEqual(before);
  });

  test('is not made when its memory cannot be had', async () => {
    await expect(executable(2 ** 40)).rejects.toMatchObject({ code: 'out_of_memory' });
  });

  test('refuses weights of another backend', async () => {
    const foreign = { backend: 'reference', bytes: 0, dispose: () => {} } as const;
    const request = { tape: model.tape(), weights: foreign, layout, blocks: [1], contextLength: 40 };
    await expect(create().createExecutable(request)).rejects.toThrow(/another backend/);
  });
});
