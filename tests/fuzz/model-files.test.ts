// Fuzz tests of model files: a file with a damaged header must be rejected with an error code, or load and compute logits.
// Loading must not crash, hang, or read much more than the size of the file. These tests change bytes; model-values.test.ts
// changes values.

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

const MUTANTS = process.env.QUIRE_FULL === '1' ? 20_000 : 150;
const TIMEOUT_MS = 600_000;
const CONTEXT = 8;

const readFixture = (name: string): Buffer =>
  readFileSync(new URL(`../golden/fixtures/${name}`, import.meta.url));
const parseJson = (bytes: Uint8Array): JsonObject => JSON.parse(Buffer.from(bytes).toString()) as JsonObject;

/** Returns a source of bytes, and a function that returns how many bytes were read from the source. */
function countingSource(bytes: Uint8Array): { source: ByteSource; readBytes: () => number } {
  const inner = createBufferSource(bytes, 'mutant');
  let readBytes = 0;
  const readInto: ByteSource['readInto'] = (offset, target) => {
    readBytes += target.byteLength;
    return inner.readInto(offset, target);
  };
  return { source: { ...inner, readInto }, readBytes: () => readBytes };
}

type Weights = Pick<ModelFile, 'config' | 'tensors' | 'readInto'>;

/** Computes the logits of one token in this thread. */
async function compute({ config, tensors, readInto }: Weights): Promise<Float32Array> {
  const program = buildProgram(config, tensors);
  const storedTensors = new Map<string, SharedArrayBuffer>();
  for (const { tensor } of program.weights) {
    if (storedTensors.has(tensor)) continue;
    const bytes = new SharedArrayBuffer(tensors.get(tensor)!.byteLength);
    await readInto(tensor, new Uint8Array(bytes));
    storedTensors.set(tensor, bytes);
  }
  const blocks = program.kvGroups.map(() => 1);
  const layout = { groups: program.kvGroups, dtype: 'f32' as const, blockSize: CONTEXT };
  const state = new StepState(
    emitTape(program, { tokens: 1, rows: 1 }, CONTEXT),
    storedTensors,
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

/**
 * Opens randomly changed copies of a file, and counts the outcomes: an error code, or `computed`.
 * @param maxOffset number of bytes at the start of the file in which changes start
 */
async function countOutcomes(
  bytes: Uint8Array,
  maxOffset: number,
  seed: number,
  open: (source: ByteSource) => Promise<Float32Array>,
): Promise<Map<string, number>> {
  const random = randomNumbers(seed);
  const outcomes = new Map<string, number>();
  for (let number = 0; number < MUTANTS; number++) {
    const mutant = mutateBytes(bytes, maxOffset, random);
    const { source, readBytes } = countingSource(mutant);
    const outcome = await open(source).then(
      (logits) => (logits.length > 0 ? 'computed' : 'no logits'),
      (error: unknown) => (error instanceof QuireError ? error.code : `mutant ${number}: ${String(error)}`),
    );
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    // The file is read once to check it and once to load it; the read-ahead window of the header restarts at most twice.
    expect(readBytes(), `mutant ${number}`).toBeLessThan(3 * mutant.length + 2 ** 18);
  }
  return outcomes;
}

const CODES = /^(bad_|unknown_|unsupported_|missing_tensor|empty_prompt|computed$)/;

function expectCodes(outcomes: ReadonlyMap<string, number>): void {
  expect([...outcomes.keys()].filter((outcome) => !CODES.test(outcome))).toEqual([]);
  expect(outcomes.size).toBeGreaterThan(1); // otherwise the changes have no effect
}

describe('damaged files', { timeout: TIMEOUT_MS }, () => {
  it('with a damaged GGUF header are rejected with an error code, or the model computes logits', async () => {
    const bytes = readFixture('tiny-qwen3-q8_0.gguf');
    const header = bytes.indexOf('blk.1.ffn_up.weight');
    expectCodes(await countOutcomes(bytes, header + 500, 1, computeGguf));
  });

  it('with a damaged safetensors header are rejected with an error code, or the model computes logits', async () => {
    const bytes = readFixture('tiny-qwen2/model.safetensors');
    const config = parseJson(readFixture('tiny-qwen2/config.json'));
    const header = 8 + Number(bytes.readBigUInt64LE(0));
    expectCodes(await countOutcomes(bytes, header, 2, (source) => computeSafetensors(source, config)));
  });

  it('named config.json are rejected with an error code, or the model computes logits', async () => {
    const weights = readFixture('tiny-llama-yarn/model.safetensors');
    const open = async (source: ByteSource): Promise<Float32Array> =>
      computeSafetensors(createBufferSource(weights), await readJsonObject(source));
    const bytes = readFixture('tiny-llama-yarn/config.json');
    expectCodes(await countOutcomes(bytes, bytes.length, 3, open));
  });

  it('named tokenizer.json are rejected with an error code, or the tokenizer encodes a text', async () => {
    const settings = parseJson(readFixture('tiny-llama/tokenizer_config.json'));
    const open = async (source: ByteSource): Promise<Float32Array> => {
      const definition = await readJsonObject(source);
      const data = readHuggingFaceTokenizer({ definition, settings, generation: {}, config: {} });
      return Float32Array.from(createTokenizer(data).encode('A text, 一段文字 <|im_end|>'));
    };
    const bytes = readFixture('tiny-llama/tokenizer.json');
    expectCodes(await countOutcomes(bytes, bytes.length, 4, open));
  });
});

it('a file with a changed weight computes different logits', async () => {
  const bytes = readFixture('tiny-qwen3-q8_0.gguf');
  const original = await computeGguf(createBufferSource(bytes));
  const changedBytes = new Uint8Array(bytes);
  changedBytes[changedBytes.length - 40]! ^= 1;
  expect(await computeGguf(createBufferSource(changedBytes))).not.toEqual(original);
  expect(await computeGguf(createBufferSource(bytes))).toEqual(original);
});

// Parses a JSON object; rejects other contents with an error code, as the reader of model folders does.
async function readJsonObject(source: ByteSource): Promise<JsonObject> {
  const bytes = new Uint8Array(source.size);
  await source.readInto(0, bytes);
  return parseObject(source.name, Buffer.from(bytes).toString());
}
