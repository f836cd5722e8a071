import { expect, test } from 'vitest';
import type { ModelFile } from '../base/model/model-file.ts';
import { ModelHash, samplesOf } from './fingerprint.ts';
import { Sha256 } from './sha256.ts';

const TENSOR = { name: 'w', dtype: 'F32', shape: [1024], byteLength: 4096 } as const;
const FILE = {
  config: { name: 'tiny' },
  tokenizer: { kind: 'vocabulary', tokens: ['a', 'b'], tokenTypes: Int32Array.of(1, 1) },
  tensors: new Map([['w', TENSOR]]),
} as unknown as ModelFile;
const BYTES = Uint8Array.from({ length: TENSOR.byteLength }, (_, i) => i % 251);

function hashOf(file: ModelFile, parts: readonly (readonly [bytes: Uint8Array, from: number])[]): string {
  const hash = new ModelHash(() => new Sha256(), file);
  for (const [bytes, from] of parts) hash.addTensor(TENSOR, bytes, from);
  return hash.digest();
}

test('ModelHash does not depend on how a tensor is split into parts', () => {
  const expected = hashOf(FILE, [[BYTES, 0]]);
  for (const end of [1, 64, 100, 256, 4095])
    expect(
      hashOf(FILE, [
        [BYTES.subarray(0, end), 0],
        [BYTES.subarray(end), end],
      ]),
    ).toBe(expected);
});

test('ModelHash has the same value for the samples of a tensor as for its parts', () => {
  for (const byteLength of [40, 64, 1000, 1039, 4096]) {
    const tensor = { ...TENSOR, byteLength };
    const bytes = BYTES.subarray(0, byteLength);
    const expected = new ModelHash(() => new Sha256(), FILE);
    expected.addTensor(tensor, bytes);
    const samples = samplesOf(tensor).flatMap(({ from, bytes: size }) => [
      ...bytes.subarray(from, from + size),
    ]);
    const hash = new ModelHash(() => new Sha256(), FILE);
    hash.addSamples(tensor, Uint8Array.from(samples));
    expect(hash.digest(), `${byteLength} bytes`).toBe(expected.digest());
  }
});

test('the value of ModelHash is that of earlier versions, which stored keys and values with it', () => {
  const tokenizer = {
    ...FILE.tokenizer,
    added: new Map([['<a>', { id: 1, flags: [true] }]]),
    none: undefined,
  };
  expect(hashOf({ ...FILE, tokenizer } as ModelFile, [[BYTES, 0]])).toBe(
    '451be9905eda73447ef195a01ca37c8bac72a951eb786c03c0f51c3655d052f0',
  );
});

test('ModelHash changes if a sample of a tensor changes', () => {
  const changedBytes = BYTES.slice();
  changedBytes[256] = 255; // samples of 64 bytes start at multiples of 256
  expect(hashOf(FILE, [[changedBytes, 0]])).not.toBe(hashOf(FILE, [[BYTES, 0]]));
});

test('ModelHash changes if the config, the tokenizer or a tensor type changes', () => {
  const changes: readonly object[] = [
    { config: { name: 'other' } },
    { tokenizer: { kind: 'vocabulary', tokens: ['a', 'c'], tokenTypes: Int32Array.of(1, 1) } },
    { tokenizer: { kind: 'vocabulary', tokens: ['a', 'b'], tokenTypes: Int32Array.of(1, 3) } },
    { tensors: new Map([['w', { ...TENSOR, dtype: 'F16' }]]) },
  ];
  const hashes = [{}, ...changes].map((change) => hashOf({ ...FILE, ...change } as ModelFile, [[BYTES, 0]]));
  expect(new Set(hashes).size).toBe(hashes.length);
});
