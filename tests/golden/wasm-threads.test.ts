// The threads of the WebAssembly backend: they share a memory that has no locks for allocations, and sizes have 32 bits.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { problemOf, wasm } from '../../src/kernels/wasm/node/wasm-backend.ts';
import { runLoops, WasmRunner } from '../../src/kernels/wasm/wasm-calls.ts';
import { webAssembly } from '../../src/kernels/wasm/web-assembly.ts';
import { findPublicModel } from '../../src/models/synthetic/public-models.ts';
import { emitTape } from '../../src/program/tape.ts';
import { ROOT } from '../support/fixtures.ts';
import { shrinkModel, writeSyntheticModel } from '../support/models/small-models.ts';
import { GREEDY, planOf, type SequencePart } from '../support/models/step-plans.ts';
import { TinyModel } from '../support/models/tiny-model.ts';
import { describeWith, needsWasm } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MODULE = join(ROOT, 'native/wasm/quire.wasm');
const folder = temporaryFolder('wasm-threads');

describeWith(needsWasm(), 'the threads of the WebAssembly backend', () => {
  test('choose tokens with top-p and typical-p at the same time', async () => {
    const model = await writeSyntheticModel(folder, shrinkModel(findPublicModel('Llama-3.2-1B')!), 'Q4_0');
    const answers: (readonly number[])[][] = [];
    for (const threads of [1, 4]) {
      const engine = await loadEngine({ model, backend: 'wasm', threads });
      const results = Array.from(
        { length: 32 },
        (_, seed) =>
          engine.generate({
            tokens: [seed],
            maxTokens: 12,
            temperature: 1.1,
            topP: 0.97,
            typicalP: 0.95,
            seed,
          }).result,
      );
      answers.push((await Promise.all(results)).map(({ tokens }) => tokens));
      await engine.dispose();
    }
    expect(answers[1]).toEqual(answers[0]);
  });

  test('divide a step into more than 65,536 units', async () => {
    const { program, stored } = new TinyModel('llama', 'Q8_0', 'int8');
    const contextLength = 40;
    const sequences = 1800;
    const backend = wasm({ threads: 2 });
    const weights = await backend.loadWeights(program.weights, {
      byteLength: (name) => stored.get(name)!.byteLength,
      readInto: async (name, target, from = 0) =>
        target.set(new Uint8Array(stored.get(name)!, from, target.byteLength)),
    });
    const tape = emitTape(program, { tokens: sequences * contextLength, rows: 1 }, contextLength);
    const layout = { groups: program.kvGroups, dtype: 'f32' as const, blockSize: contextLength };
    const request = { tape, weights, layout, blocks: [sequences], contextLength };
    const executable = await backend.createExecutable(request);
    const parts = Array.from({ length: sequences }, (_, s): SequencePart => {
      const tokens = Array.from({ length: contextLength }, (__, i) => (s * 7 + i * 3) % 20);
      return { tokens, from: 0, blocks: [s] };
    });
    const lastLogits = async (of: readonly SequencePart[]): Promise<Float32Array> => {
      const logitsRows = Int32Array.of(of.length * contextLength - 1);
      return (await executable.step({ ...planOf(of), logitsRows, selection: [GREEDY] })).logits!;
    };
    const alone = await lastLogits(parts.slice(-1));
    expect(await lastLogits(parts)).toEqual(alone);
    await executable.dispose();
    weights.dispose();
  });

  test('read the size of the memory again after they received it, because it may have grown meanwhile', async () => {
    const module = await webAssembly.compile(await readFile(MODULE));
    const memory = new webAssembly.Memory({ initial: 256, maximum: 65_535, shared: true });
    const thread = { module, memory, threads: 2 };
    const [stack = 0] = new WasmRunner({ ...thread, thread: 0, stack: 0 }).run({
      kind: 'start',
    }) as readonly number[];
    const grow = vi.spyOn(memory, 'grow').mockImplementation(() => {
      throw new Error('grown');
    });
    expect(() => runLoops({ ...thread, thread: 1, stack })).toThrow('grown');
    expect(grow).toHaveBeenCalledWith(0);
  });
});

test('an engine without WebAssembly is not reported as a damaged file', () => {
  vi.stubGlobal('WebAssembly', undefined);
  try {
    expect(problemOf(MODULE)).toBe('this JavaScript engine has no WebAssembly');
  } finally {
    vi.unstubAllGlobals();
  }
});
