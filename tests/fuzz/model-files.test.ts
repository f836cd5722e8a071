// Fuzz tests of model files: a file with a damaged header is refused with an error code, or it loads and computes. Nothing
// crashes, hangs or reads much more than the size of the file. These tests change bytes; model-values.test.ts changes
// values.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { QuireError } from '../../src/base/errors.ts';
import type { ModelFile } from '../../src/base/model/model-file.ts';
import type { JsonObject } from '../../src/base/model/tokenizer-data.ts';
import { createBufferSource } from '../../src/formats/buffer-source.ts';
import type { ByteSource } from '../../src/formats/byte-source.ts';
import { readCheckpoint } from '../../src/formats/hugging-face/checkpoint.ts';
import { readHuggingFaceTokenizer } from '../../src/formats/hugging-face/tokenizer.ts';
import { parseObject } from '../../src/formats/node/read-json.ts';
import { readSafetensors } from '../../src/formats/safetensors/header.ts';
import { createTensorReader } from '../../src/formats/tensor-reader.ts';
import { runStep } from '../../src/kernels/reference/run-step.ts';
import { StepState } from '../../src/kernels/reference/step-state.ts';
import { openGguf } from '../../src/models/open-gguf.ts';
import { buildProgram, FAMILIES } from '../../src/models/registry.ts';
import { emitTape } from '../../src/program/tape.ts';
import { createTokenizer } from '../../src/text/tokenizer.ts';
import { mutateBytes } from '../support/faults/mutate-bytes.ts';
import { planOf } from '../support/models/step-plans.ts';
import { randomNumbers } from '../support/random.ts';

const COUNT = process.env.QUIRE_FULL === '1' ? 20_000 : 150;
const TIMEOUT_MS = 600_000;
const CONTEXT = 8;

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../golden/fixtures/${name}`, import.meta.url));
const parse = (bytes: Uint8Array): JsonObject => JSON.parse(Buffer.from(bytes).toString()) as JsonObject;

/** Returns a source that counts the bytes that are read. */
function metered(bytes: Uint8Array): { source: ByteSource; asked: () => number } {
  const inner = createBufferSource(bytes, 'mutant');
  let asked = 0;
  const readInto: ByteSource['readInto'] = (offset, target) => {
    asked += target.byteLength;
    return inner.readInto(offset, target);
  };
  return { source: { ...inner, readInto }, asked: () => asked };
}

type Weights = Pick<ModelFile, 'config' | 'tensors' | 'readInto'>;

/** Computes the logits of one token in this thread. */
async function compute({ config, tensors, readInto }: Weights): Promise<Float32Array> {
  const program = buildProgram(config, tensors);
  const stored = new Map<string, SharedArrayBuffer>();
  for (const { tensor } of program.weights) {
    if (stored.has(tensor)) continue;
    const bytes = new SharedArrayBuffer(tensors.get(tensor)!.byteLength);
    await readInto(tensor, new Uint8Array(bytes));
    stored.set(tensor, bytes);
  }
  const blocks = program.kvGroups.map(() => 1);
  const layout = { groups: program.kvGroups, dtype: 'f32' as const, blockSize: CONTEXT };
  const state = new StepState(
    emitTape(program, { tokens: 1, rows: 1 }, CONTEXT),
    stored,
    layout,
    blocks,
    CONTEXT,
  );
  const plan = planOf([{ tokens: [5], from: 0, blocks: [0] }]);
  return runStep(state, { ...plan, wantLogits: true }).logits!;
}

async function computeGguf(source: ByteSource): Promise<Float32Array> {
  const file = await openGguf(source);
  createTokenizer(file.tokenizer).encode('Ein Text, 一段文字');
  return compute(file);
}

async function computeSafetensors(source: ByteSource, json: JsonObject): Promise<Float32Array> {
  const entries = await readSafetensors(source);
  const parts = {
    families: FAMILIES,
    source: 'mutant',
    configSource: 'config.json',
    name: 'mutant',
    missingTensors: new Map(),
  };
  const { config, stored } = await readCheckpoint({ ...parts, config: json, entries });
  const tensors = new Map([...stored].map(([name, { info }]) => [name, info]));
  return compute({ config, tensors, readInto: createTensorReader('mutant', stored) });
}

/** Counts the outcomes of mutants: error codes, or `computed`. */
async function fates(
  bytes: Uint8Array,
  reach: number,
  seed: number,
  open: (source: ByteSource) => Promise<Float32Array>,
): Promise<Map<string, number>> {
  const random = randomNumbers(seed);
  const found = new Map<string, number>();
  for (let number = 0; number < COUNT; number++) {
    const mutant = mutateBytes(bytes, reach, random);
    const { source, asked } = metered(mutant);
    const fate = await open(source).then(
      (logits) => (logits.length > 0 ? 'computed' : 'nothing'),
      (error: unknown) => (error instanceof QuireError ? error.code : `mutant ${number}: ${String(error)}`),
    );
    found.set(fate, (found.get(fate) ?? 0) + 1);
    // Reads the file once to check and once to load it; the read-ahead window of the header restarts at most twice.
    expect(asked(), `mutant ${number}`).toBeLessThan(3 * mutant.length + 2 ** 18);
  }
  return found;
}

const CODES = /^(bad_|unknown_|unsupported_|missing_tensor|empty_prompt|computed$)/;

function expectCodes(found: ReadonlyMap<string, number>): void {
  expect([...found.keys()].filter((fate) => !CODES.test(fate))).toEqual([]);
  expect(found.size).toBeGreaterThan(1); // otherwise the mutants were all alike
}

describe('mutated headers', { timeout: TIMEOUT_MS }, () => {
  it('of GGUF are refused with an error code or computed', async () => {
    const bytes = fixture('tiny-qwen3-q8_0.gguf');
    const header = bytes.indexOf('blk.1.ffn_up.weight');
    expectCodes(await fates(bytes, header + 500, 1, computeGguf));
  });

  it('of safetensors are refused with an error code or computed', async () => {
    const bytes = fixture('tiny-qwen2/model.safetensors');
    const config = parse(fixture('tiny-qwen2/config.json'));
    const header = 8 + Number(bytes.readBigUInt64LE(0));
    expectCodes(await fates(bytes, header, 2, (source) => computeSafetensors(source, config)));
  });

  it('of config.json are refused with an error code or computed', async () => {
    const weights = fixture('tiny-llama-yarn/model.safetensors');
    const open = async (source: ByteSource): Promise<Float32Array> =>
      computeSafetensors(createBufferSource(weights), await parsed(source));
    const bytes = fixture('tiny-llama-yarn/config.json');
    expectCodes(await fates(bytes, bytes.length, 3, open));
  });

  it('of tokenizer.json are refused with an error code or tokenized', async () => {
    const settings = parse(fixture('tiny-llama/tokenizer_config.json'));
    const open = async (source: ByteSource): Promise<Float32Array> => {
      const definition = await parsed(source);
      const data = readHuggingFaceTokenizer({ definition, settings, generation: {}, config: {} });
      return Float32Array.from(createTokenizer(data).encode('A text, 一段文字 <|im_end|>'));
    };
    const bytes = fixture('tiny-llama/tokenizer.json');
    expectCodes(await fates(bytes, bytes.length, 4, open));
  });
});

it('a file with changed weights computes other logits', async () => {
  const bytes = fixture('tiny-qwen3-q8_0.gguf');
  const plain = await computeGguf(createBufferSource(bytes));
  const changed = new Uint8Array(bytes);
  changed[changed.length - 40]! ^= 1;
  const other = await computeGguf(createBufferSource(changed));
  expect(other).not.toEqual(plain);
  expect(await computeGguf(createBufferSource(bytes))).toEqual(plain);
});

// Refuses anything but a JSON object with an error code, as the reader of model folders does.
async function parsed(source: ByteSource): Promise<JsonObject> {
  const bytes = new Uint8Array(source.size);
  await source.readInto(0, bytes);
  return parseObject(source.name, Buffer.from(bytes).toString());
}
