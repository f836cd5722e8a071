// What is particular to the WebAssembly backend: its bits are the same on every machine, and its memory is limited. The contract
// tests and the exactness matrix compare it with the other backends.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { loadModel } from '../../src/engine/node/load-model.ts';
import { NUMERICS_VERSION } from '../../src/kernels/backend.ts';
import { compileModule, problemOf, wasm } from '../../src/kernels/wasm/node/wasm-backend.ts';
import { relaxedMultiplyAdd } from '../../src/kernels/wasm/relaxed.ts';
import { contractCases } from '../contract/cases.ts';
import { sourceOf } from '../contract/contract-case.ts';
import { fixture, ROOT } from '../support/fixtures.ts';
import { describeWith, needsWasm } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { fixtures } from './golden-file.ts';
import { GoldenModel } from './golden-model.ts';

const FILE = new URL('./fixtures/wasm-bits.json', import.meta.url);
const GIBIBYTE = 2 ** 30;
const folder = temporaryFolder('wasm');

async function hashOf(model: string, contextLength: number | undefined, tokens: Int32Array): Promise<string> {
  const golden = await GoldenModel.open(model, contextLength, wasm({ threads: 2 }));
  const hash = createHash('sha256');
  for (const row of await golden.prefill(tokens, { policy: 'paged', chunk: 1000 }))
    hash.update(new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
  await golden.close();
  return hash.digest('hex').slice(0, 16);
}

describeWith(needsWasm(), 'the WebAssembly backend', () => {
  // The processor and the JavaScript engine do not matter, other than for the reference backend (numerics.test.ts).
  test('computes the bits that are stored for this NUMERICS_VERSION, on every machine', async () => {
    const hashes: Record<string, string> = {};
    for (const { name, model, golden } of fixtures())
      hashes[name] = await hashOf(model, golden.contextLength, golden.prompts.at(-1)!.tokens);
    const current = { version: NUMERICS_VERSION, hashes };
    const stored = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : undefined;
    if (process.env.QUIRE_UPDATE === '1') {
      if (stored?.version === NUMERICS_VERSION)
        expect(hashes, 'the bits changed: increase NUMERICS_VERSION first').toMatchObject(stored.hashes);
      writeFileSync(FILE, `${JSON.stringify(current, null, 2)}\n`);
    } else expect(current).toEqual(stored);
  });

  test('rejects weights that do not fit, with both numbers and what to do', async () => {
    const [testCase] = [...contractCases(1, 11)];
    const loading = wasm().loadWeights(testCase!.tape.weights, {
      byteLength: () => 5 * GIBIBYTE,
      readInto: () => Promise.reject(new Error('must not be read')),
    });
    await expect(loading).rejects.toMatchObject({
      code: 'out_of_memory',
      message: expect.stringMatching(/5\.0 GiB.*4\.0 GiB/),
      hint: expect.stringContaining('native'),
    });
  });

  test('rejects KV memory that does not fit, before it reads the weights', async () => {
    const model = fixture('tiny-mistral-layers');
    await expect(loadEngine({ model, backend: 'wasm', kvMemory: 4 * GIBIBYTE })).rejects.toMatchObject({
      code: 'out_of_memory',
      message: expect.stringMatching(/needs 4\d\d\d MiB .*the wasm backend can use 4096 MiB/),
    });
  });

  test('frees what an executable has allocated if there is not enough memory for all of it', async () => {
    const model = await loadModel({ model: fixture('tiny-mistral-layers'), backend: 'wasm' });
    // The keys and values of the first layer group fit, those of the second do not.
    for (let i = 0; i < 3; i++)
      await expect(Engine.create(model, { kvMemory: Math.floor(4.2 * GIBIBYTE) })).rejects.toMatchObject({
        code: 'out_of_memory',
        message: expect.stringContaining('keys and values'),
      });
    const engine = await Engine.create(model, { kvMemory: 1.5 * GIBIBYTE });
    const { tokens } = await engine.generate({ tokens: [5, 6], maxTokens: 3, temperature: 0 }).result;
    expect(tokens.length).toBeGreaterThan(0);
    await engine.dispose();
    model.dispose();
  });

  test('frees its memory and threads when the weights are disposed', async () => {
    for (let i = 0; i < 20; i++) {
      const engine = await loadEngine({ model: fixture('tiny-mistral-layers'), backend: 'wasm' });
      await engine.dispose();
    }
  });

  test('stops loading when the signal is aborted', async () => {
    const [testCase] = [...contractCases(1, 11)];
    const abort = new AbortController();
    const reason = new Error('no longer needed');
    const onProgress = (): void => abort.abort(reason);
    const { weights } = testCase!.tape;
    await expect(wasm().loadWeights(weights, sourceOf(testCase!), onProgress, abort.signal)).rejects.toBe(
      reason,
    );
  });

  test('has relaxed instructions only if the engine has them, with numerics of their own', () => {
    const create = (): string => wasm({ instructionSet: 'wasm-relaxed' }).numerics;
    expect(wasm().numerics).toBe('wasm');
    if (relaxedMultiplyAdd() === undefined)
      expect(create).toThrow(
        expect.objectContaining({ code: 'bad_option', hint: expect.stringContaining('Node.js 22') }),
      );
    else expect(create()).toMatch(/^wasm-relaxed (un)?fused (x64|arm64) V8 \d/);
  });

  test('is not used if its module is damaged', async () => {
    const module = join(ROOT, 'native/wasm/quire.wasm');
    expect(problemOf(module)).toBeUndefined();
    const damaged = join(folder, 'quire.wasm');
    await writeFile(damaged, (await readFile(module)).subarray(0, 100_000));
    expect(problemOf(damaged)).toMatch(/no WebAssembly module/);
    expect(problemOf(join(folder, 'none.wasm'))).toMatch(/not compiled/);
    // an empty module, which is valid
    const foreign = join(folder, 'foreign.wasm');
    await writeFile(foreign, new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    await expect(compileModule(foreign)).rejects.toMatchObject({ code: 'backend_unavailable' });
  });

  test('gives the same greedy answers as the other backends', async () => {
    const answers = new Map<string, string[]>();
    for (const backend of ['native', 'wasm', 'reference'] as const) {
      const engine = await loadEngine({ model: 'embedded', backend, context: 256 });
      const texts: string[] = [];
      for (const prompt of ['What is the capital of France?', 'Hello', 'Which city is the coldest?'])
        texts.push((await engine.generate({ prompt, maxTokens: 48, temperature: 0 }).result).text);
      answers.set(backend, texts);
      await engine.dispose();
    }
    expect(answers.get('wasm')).toEqual(answers.get('native'));
    expect(answers.get('wasm')).toEqual(answers.get('reference'));
  });
});
