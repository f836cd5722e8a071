// Runs a contract case on a backend.

import type { Backend, Executable, LoadedWeights } from '../../src/kernels/backend.ts';
import { type ContractCase, sourceOf, valuesOf } from './contract-case.ts';

/** Returns the logits of each step, then its vectors. [R, width], [V, width] */
export async function runCase(testCase: ContractCase, backend: Backend): Promise<Float32Array[]> {
  const weights = await backend.loadWeights(testCase.tape.weights, sourceOf(testCase));
  const executable = await backend.createExecutable({ ...testCase, weights });
  const adapters = await setAdapters(testCase, backend, weights, executable);
  const values: Float32Array[] = [];
  for (const plan of testCase.plans) values.push(valuesOf(await executable.step(plan)));
  await executable.dispose();
  for (const adapter of adapters) adapter.dispose();
  weights.dispose();
  return values;
}

function setAdapters(
  testCase: ContractCase,
  backend: Backend,
  model: LoadedWeights,
  executable: Executable,
): Promise<LoadedWeights[]> {
  const loading = testCase.adapters.map(async (matrices, slot) => {
    const tensors = matrices.flatMap(({ a, b }) => [a, b]);
    const weights = await backend.loadAdapter(model, tensors, sourceOf(testCase));
    await executable.setAdapter(slot, { weights, matrices });
    return weights;
  });
  return Promise.all(loading);
}
