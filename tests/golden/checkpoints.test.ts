// One set of tiny weights in folders with the config spellings and file layouts of real checkpoints. Each gives the logits
// and greedy tokens that transformers 5.18 computed from it in float32.

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
  /** config.json as Python writes it */
  readonly config: string;
  /** how the output projection is stored; not at all when absent */
  readonly head?: 'own' | 'same' | 'only';
  readonly shards?: number;
  /** the folder of the shards */
  readonly below?: string;
  /** tensors in the index that no shard has */
  readonly absent?: readonly string[];
  /** tensors of which another shard has an outdated copy */
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

it.each(golden.cases)('$name has the logits and tokens of transformers', async (one) => {
  write('config.json', one.config);
  write('tokenizer.json', read('tiny-llama/tokenizer.json'));
  writeWeights(one, headed(await baseTensors(), one.head));
  const model = await GoldenModel.open(folder(), 64);
  const tokens = [...golden.prompt, ...one.steps.slice(0, -1).map(({ token }) => token)];
  const rows = await model.prefill(Int32Array.from(tokens), { policy: 'paged', chunk: 1000 });
  await model.close();
  one.steps.forEach(({ token, top }, step) => {
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

const TABLE = 'model.embed_tokens.weight';

function headed(tensors: Tensors, head: Case['head']): Tensors {
  if (head === undefined) return tensors;
  const { [TABLE]: table, ...others } = tensors;
  if (table === undefined) throw new Error('no table');
  const own = head === 'own' ? { ...table, data: rowsReversed(table) } : table;
  return { ...others, ...(head === 'only' ? {} : { [TABLE]: table }), 'lm_head.weight': own };
}

function rowsReversed({ data, shape: [rows = 1] }: TensorBytes): Uint8Array {
  const bytes = data.length / rows;
  const at = (row: number): Uint8Array => data.subarray(row * bytes, (row + 1) * bytes);
  return Buffer.concat(Array.from({ length: rows }, (_, row) => at(rows - 1 - row)));
}

function writeWeights({ shards = 1, below, absent = [], stale = [] }: Case, tensors: Tensors): void {
  if (shards === 1) {
    write('model.safetensors', encodeSafetensors(tensors));
    return;
  }
  const names = Object.keys(tensors).sort();
  const file = (shard: number): string =>
    `${below === undefined ? '' : `${below}/`}model-0000${shard + 1}-of-0000${shards}.safetensors`;
  const locations = Object.fromEntries(names.map((name, index) => [name, file(index % shards)]));
  for (let shard = 0; shard < shards; shard++) {
    const held = names.filter((_, index) => index % shards === shard).map((name) => [name, tensors[name]!]);
    const old = stale
      .filter((name) => locations[name] !== file(shard))
      .map((name) => [name, wrong(tensors[name]!)]);
    write(file(shard), encodeSafetensors(Object.fromEntries([...held, ...old]) as Tensors));
  }
  for (const name of absent) locations[name] = file(0);
  write('model.safetensors.index.json', JSON.stringify({ metadata: {}, weight_map: locations }));
}

const wrong = (tensor: TensorBytes): TensorBytes => ({
  ...tensor,
  data: new Uint8Array(tensor.data.length).fill(0x40),
});

function logSoftmax(row: Float32Array): number[] {
  const sum = row.reduce((total, value) => total + Math.exp(value), 0);
  return Array.from(row, (value) => value - Math.log(sum));
}
