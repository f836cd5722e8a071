// Loads the same tiny weights from folders with the config field names and file layouts of real checkpoints, and compares the
// logits and greedy tokens with those that transformers 5.18 computed from each folder in float32.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { createBufferSource } from '../../src/formats/buffer-source.ts';
import { encodeSafetensors, type TensorBytes } from '../../src/formats/safetensors/file-fixture.ts';
import { readSafetensors } from '../../src/formats/safetensors/header.ts';
import { fixture } from '../support/fixtures.ts';
import { temporaryFolderForEachTest } from '../support/temporary-folder.ts';
import { GoldenModel } from './golden-model.ts';

const TOLERANCE = 1e-4;

interface Step {
  readonly token: number;
  /** the most probable tokens with their log-probabilities */
  readonly top: readonly (readonly [number, number])[];
}

interface Case {
  readonly name: string;
  /** text of config.json */
  readonly config: string;
  /**
   * How lm_head.weight is stored: with other weights than the embedding (`own`), as a copy of the embedding (`same`) or
   * instead of the embedding (`only`). Absent: not stored.
   */
  readonly head?: 'own' | 'same' | 'only';
  readonly shards?: number;
  /** the subfolder that contains the shards */
  readonly below?: string;
  /** tensors that the index lists and no shard contains */
  readonly absent?: readonly string[];
  /** tensors with a wrong copy in every shard that the index does not name */
  readonly stale?: readonly string[];
  readonly steps: readonly Step[];
}

type Tensors = Readonly<Record<string, TensorBytes>>;

const read = (path: string): Buffer => readFileSync(fixture(path));
const golden = JSON.parse(read('checkpoints/checkpoints.json').toString()) as {
  readonly prompt: readonly number[];
  readonly cases: readonly Case[];
};

const folder = temporaryFolderForEachTest('checkpoint');

it.each(golden.cases)('$name has the logits and tokens of transformers', async (testCase) => {
  write('config.json', testCase.config);
  write('tokenizer.json', read('tiny-llama/tokenizer.json'));
  writeWeights(testCase, withHead(await baseTensors(), testCase.head));
  const model = await GoldenModel.open(folder(), 64);
  const tokens = [...golden.prompt, ...testCase.steps.slice(0, -1).map(({ token }) => token)];
  const rows = await model.prefill(Int32Array.from(tokens), { policy: 'paged', chunk: 1000 });
  await model.close();
  testCase.steps.forEach(({ token, top }, step) => {
    const row = logSoftmax(rows[golden.prompt.length - 1 + step]!);
    expect(row.indexOf(Math.max(...row)), `step ${step}`).toBe(token);
    for (const [id, logprob] of top) expect(Math.abs(row[id]! - logprob)).toBeLessThan(TOLERANCE);
  });
});

function write(file: string, content: string | Uint8Array): void {
  const path = join(folder(), file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

async function baseTensors(): Promise<Tensors> {
  const bytes = new Uint8Array(read('checkpoints/model.safetensors'));
  const entries = await readSafetensors(createBufferSource(bytes, 'base'));
  return Object.fromEntries(
    entries.map(({ name, dtype, shape, offset, byteLength }) => [
      name,
      { dtype, shape, data: bytes.subarray(offset, offset + byteLength) },
    ]),
  );
}

const EMBEDDING = 'model.embed_tokens.weight';

function withHead(tensors: Tensors, head: Case['head']): Tensors {
  if (head === undefined) return tensors;
  const { [EMBEDDING]: embedding, ...others } = tensors;
  if (embedding === undefined) throw new Error('the checkpoint has no embedding');
  const lmHead = head === 'own' ? { ...embedding, data: reverseRows(embedding) } : embedding;
  return { ...others, ...(head === 'only' ? {} : { [EMBEDDING]: embedding }), 'lm_head.weight': lmHead };
}

function reverseRows({ data, shape: [rows = 1] }: TensorBytes): Uint8Array {
  const rowBytes = data.length / rows;
  const rowAt = (row: number): Uint8Array => data.subarray(row * rowBytes, (row + 1) * rowBytes);
  return Buffer.concat(Array.from({ length: rows }, (_, row) => rowAt(rows - 1 - row)));
}

function writeWeights(
  { shards = 1, below: subfolder, absent = [], stale = [] }: Case,
  tensors: Tensors,
): void {
  if (shards === 1) {
    write('model.safetensors', encodeSafetensors(tensors));
    return;
  }
  const names = Object.keys(tensors).sort();
  const fileOf = (shard: number): string =>
    `${subfolder === undefined ? '' : `${subfolder}/`}model-0000${shard + 1}-of-0000${shards}.safetensors`;
  const locations = Object.fromEntries(names.map((name, index) => [name, fileOf(index % shards)]));
  for (let shard = 0; shard < shards; shard++) {
    const storedTensors = names
      .filter((_, index) => index % shards === shard)
      .map((name) => [name, tensors[name]!]);
    const outdated = stale
      .filter((name) => locations[name] !== fileOf(shard))
      .map((name) => [name, withWrongData(tensors[name]!)]);
    write(fileOf(shard), encodeSafetensors(Object.fromEntries([...storedTensors, ...outdated]) as Tensors));
  }
  for (const name of absent) locations[name] = fileOf(0);
  write('model.safetensors.index.json', JSON.stringify({ metadata: {}, weight_map: locations }));
}

const withWrongData = (tensor: TensorBytes): TensorBytes => ({
  ...tensor,
  data: new Uint8Array(tensor.data.length).fill(0x40),
});

function logSoftmax(row: Float32Array): number[] {
  const sum = row.reduce((total, value) => total + Math.exp(value), 0);
  return Array.from(row, (value) => value - Math.log(sum));
}
