// Damaged and malicious files. Each must be rejected at once with a clear error, before memory is allocated for the
// sizes that it states.

import { expect, it } from 'vitest';
import type { ErrorCode } from '../base/errors.ts';
import { createBufferSource } from '../formats/buffer-source.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import {
  countingBytes,
  llamaMetadata,
  llamaTensors,
  type Metadata,
  tinyLlama,
} from '../formats/gguf/metadata-fixture.ts';
import { flag, text, u32 } from '../formats/gguf/typed-values.ts';
import { encodeGguf } from '../formats/gguf/writer.ts';
import { openGguf } from './open-gguf.ts';

type Damage = (bytes: Uint8Array, view: DataView) => void;

// Returns the offset of the byte after the last `needle`. It is the last because names of tensors follow the metadata.
function offsetAfter(bytes: Uint8Array, needle: string): number {
  const offset = Buffer.from(bytes.buffer).lastIndexOf(needle);
  if (offset < 0) throw new Error(`no ${needle}`);
  return offset + needle.length;
}

// The bytes after this name: number of dimensions (4), each dimension (8), type (4), offset (8).
const QUERY = 'blk.0.attn_q.weight';

const damages: [string, Damage, ErrorCode, RegExp][] = [
  ['another magic number', (bytes) => bytes.set([1, 2, 3, 4]), 'bad_gguf', /does not begin with GGUF/],
  ['version 1', (_, view) => view.setUint32(4, 1, true), 'bad_gguf', /version 1/],
  ['version 4', (_, view) => view.setUint32(4, 4, true), 'bad_gguf', /version 4/],
  ['a big-endian file', (_, view) => view.setUint32(4, 3, false), 'bad_gguf', /big-endian/],
  [
    '2^62 tensors',
    (_, view) => view.setBigUint64(8, 2n ** 62n, true),
    'bad_gguf',
    /4611686018427387904 tensors/,
  ],
  [
    '2^62 entries',
    (_, view) => view.setBigUint64(16, 2n ** 62n, true),
    'bad_gguf',
    /4611686018427387904 metadata/,
  ],
  [
    'a key of 2^64-1 bytes',
    (_, view) => view.setBigUint64(24, 2n ** 64n - 1n, true),
    'bad_gguf',
    /string claims/,
  ],
  ['a string beyond the end', lengthenString, 'bad_gguf', /string claims|ends within/],
  ['an array beyond the end', lengthenArray, 'bad_gguf', /tokenizer\.ggml\.tokens claims/],
  ['an array of arrays', nestArray, 'bad_gguf', /array of arrays/],
  ['an unknown value type', setUnknownValueType, 'bad_gguf', /unknown type 77/],
  [
    'a tensor without dimensions',
    (b, v) => v.setUint32(offsetAfter(b, QUERY), 0, true),
    'bad_gguf',
    /claims 0 dimensions/,
  ],
  ['2^31 dimensions', (b, v) => v.setUint32(offsetAfter(b, QUERY), 2 ** 31, true), 'bad_gguf', /dimensions/],
  [
    'an overflowing shape',
    (b, v) => v.setBigUint64(offsetAfter(b, QUERY) + 4, 2n ** 61n, true),
    'bad_gguf',
    /shape/,
  ],
  [
    'a tensor with a size of 0',
    (b, v) => v.setBigUint64(offsetAfter(b, QUERY) + 4, 0n, true),
    'bad_gguf',
    /shape/,
  ],
  [
    'a size beyond the end',
    (b, v) => v.setBigUint64(offsetAfter(b, QUERY) + 4, 2n ** 30n, true),
    'bad_gguf',
    /ends at/,
  ],
  [
    'an offset beyond the end',
    (b, v) => v.setBigUint64(offsetAfter(b, QUERY) + 24, 2n ** 40n, true),
    'bad_gguf',
    /ends at/,
  ],
  [
    'an offset not aligned',
    (b, v) => v.setBigUint64(offsetAfter(b, QUERY) + 24, 33n, true),
    'bad_gguf',
    /multiple of 32/,
  ],
  [
    'overlapping tensors',
    (b, v) => v.setBigUint64(offsetAfter(b, QUERY) + 24, 0n, true),
    'bad_gguf',
    /overlap/,
  ],
  [
    'the unsupported type IQ4_NL',
    (b, v) => v.setUint32(offsetAfter(b, QUERY) + 20, 20, true),
    'unsupported_tensor_type',
    /attn_q.* IQ4_NL/,
  ],
  [
    'the undefined type 99',
    (b, v) => v.setUint32(offsetAfter(b, QUERY) + 20, 99, true),
    'unsupported_tensor_type',
    /number 99/,
  ],
];

function rotaryFactors(factors: readonly number[]) {
  const data = new Uint8Array(Float32Array.from(factors).buffer);
  return { name: 'rope_freqs.weight', dtype: 'F32', shape: [factors.length], data } as const;
}

function lengthenString(bytes: Uint8Array, view: DataView): void {
  // The length belongs to the value of general.architecture.
  view.setBigUint64(offsetAfter(bytes, 'general.architecture') + 4, 2n ** 25n, true);
}

function lengthenArray(bytes: Uint8Array, view: DataView): void {
  view.setBigUint64(offsetAfter(bytes, 'tokenizer.ggml.tokens') + 8, 2n ** 61n, true);
}

function nestArray(bytes: Uint8Array, view: DataView): void {
  view.setUint32(offsetAfter(bytes, 'tokenizer.ggml.tokens') + 4, 9, true);
}

function setUnknownValueType(bytes: Uint8Array, view: DataView): void {
  view.setUint32(offsetAfter(bytes, 'general.name'), 77, true);
}

it.each(damages)('openGguf rejects %s', async (_, damage, code, message) => {
  const bytes = tinyLlama();
  damage(bytes, new DataView(bytes.buffer));
  await expect(openGguf(createBufferSource(bytes, 'bad.gguf'))).rejects.toMatchObject({
    name: 'QuireError',
    code,
    message: expect.stringMatching(message),
  });
});

it('openGguf rejects a file truncated at any offset', async () => {
  const bytes = tinyLlama();
  // The last tensor of this file is not followed by padding.
  for (let length = 0; length < bytes.length; length += 13) {
    const truncated = createBufferSource(bytes.slice(0, length), 'truncated.gguf');
    await expect(openGguf(truncated)).rejects.toMatchObject({ code: 'bad_gguf' });
  }
});

it('openGguf opens a file with a damaged byte, or rejects it with a QuireError', {
  timeout: 60_000,
}, async () => {
  const bytes = tinyLlama();
  const outcomes = new Set<string>();
  for (let offset = 0; offset < bytes.length; offset += 3) {
    const damagedBytes = bytes.slice();
    damagedBytes[offset] = 255 - (bytes[offset] ?? 0);
    const opening = openGguf(createBufferSource(damagedBytes)).then(
      () => 'opened',
      (error: unknown) => (error instanceof Error ? error.name : String(error)),
    );
    outcomes.add(await opening);
  }
  expect([...outcomes].sort()).toEqual(['QuireError', 'opened']);
});

it.each([
  ['an unknown architecture', { 'general.architecture': text('mamba') }, 'unknown_architecture', /mamba/],
  ['unknown scaling', { 'llama.rope.scaling.type': text('longrope') }, 'unsupported_config', /longrope/],
  ['a scaling of 0', { 'llama.rope.scale_linear': u32(0) }, 'unsupported_config', /rope\.scale_linear/],
  ['a mixture of experts', { 'llama.expert_count': u32(8) }, 'unsupported_config', /expert_count = 8/],
  [
    'heads that are not a multiple of the KV heads',
    { 'llama.attention.head_count_kv': u32(3) },
    'unsupported_config',
    /KV heads/,
  ],
  [
    'a hidden size that is not a multiple of the heads',
    { 'llama.attention.head_count': u32(6) },
    'unsupported_config',
    /head/,
  ],
  ['a model without layers', { 'llama.block_count': u32(0) }, 'unsupported_config', /block_count = 0/],
  ['a size that is text', { 'llama.block_count': text('many') }, 'unsupported_config', /block_count/],
  [
    'a token id beyond the vocabulary',
    { 'tokenizer.ggml.bos_token_id': u32(4) },
    'bad_tokenizer',
    /bos_token_id is 4/,
  ],
  ['scores that are not a list', { 'tokenizer.ggml.scores': flag(true) }, 'bad_tokenizer', /scores/],
] as const)('openGguf rejects %s', async (_, changes, code, message) => {
  await expect(openGguf(createBufferSource(tinyLlama(changes)))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

// Each of these numbers would become the length of a list or loop, or a factor of a size.
it.each([
  ['llama.block_count', /block_count = 2147483647, but its tensors allow at most 3/],
  ['llama.embedding_length', /embedding_length = 2147483647, .* allow at most 32/],
  ['llama.attention.head_count', /head_count = 2147483647/],
  ['llama.attention.head_count_kv', /head_count_kv = 2147483647/],
  ['llama.attention.key_length', /key_length = 2147483647/],
  ['llama.feed_forward_length', /feed_forward_length = 2147483647/],
  ['llama.rope.dimension_count', /dimension_count = 2147483647/],
] as const)('openGguf rejects a value of %s that the tensors do not allow', async (key, message) => {
  const opening = openGguf(createBufferSource(tinyLlama({ [key]: u32(2 ** 31 - 1) })));
  await expect(opening).rejects.toMatchObject({
    code: 'unsupported_config',
    message: expect.stringMatching(message),
  });
});

it('openGguf rejects a LoRA adapter with a hint', async () => {
  const loraTensor = { name: 'blk.0.attn_q.weight.lora_a', dtype: 'F32', shape: [2, 4] } as const;
  const adapter = encodeGguf({ 'general.type': text('adapter'), 'general.architecture': text('llama') }, [
    { ...loraTensor, data: countingBytes(32) },
  ]);
  await expect(openGguf(createBufferSource(adapter, 'lora.gguf'))).rejects.toMatchObject({
    code: 'unsupported_config',
    message: 'lora.gguf is a LoRA adapter, not a complete model',
    hint: expect.stringContaining('--adapter'),
  });
});

it.each([0, 48, 2 ** 31])('openGguf rejects an alignment of %i', async (alignment) => {
  const bytes = tinyLlama({ 'general.alignment': u32(64) });
  new DataView(bytes.buffer).setUint32(offsetAfter(bytes, 'general.alignment') + 4, alignment, true);
  await expect(openGguf(createBufferSource(bytes))).rejects.toMatchObject({
    code: 'bad_gguf',
    message: expect.stringContaining(`alignment is ${alignment}`),
  });
});

it('openGguf accepts unsupported keys with the value 0 or none', async () => {
  const bytes = tinyLlama({ 'llama.expert_count': u32(0), 'llama.rope.scaling.type': text('none') });
  await expect(openGguf(createBufferSource(bytes))).resolves.toBeDefined();
});

it('openGguf rejects duplicate tensors', async () => {
  const [embedding, query] = llamaTensors;
  if (embedding === undefined || query === undefined) throw new Error('no fixture');
  await expect(
    openGguf(createBufferSource(encodeGguf(llamaMetadata(), [embedding, query, query]))),
  ).rejects.toMatchObject({ code: 'bad_gguf', message: expect.stringContaining('twice') });
});

it.each([
  ['too few values', [1, 2], 'unsupported_config'],
  ['a zero', [1, 2, 0, 8], 'bad_gguf'],
  ['a value that is NaN', [1, 2, Number.NaN, 8], 'bad_gguf'],
])('openGguf rejects rotary factors with %s', async (_name, factors, code) => {
  const bytes = encodeGguf(llamaMetadata(), [...llamaTensors, rotaryFactors(factors)]);
  await expect(openGguf(createBufferSource(bytes))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(/rope_freqs|rotary factors/),
  });
});

it('openGguf rejects a shard without a shard name or with an impossible index', async () => {
  const shard = (no: number, count: number): Metadata => ({
    'split.no': { type: 'uint16', value: no },
    'split.count': { type: 'uint16', value: count },
  });
  for (const position of [shard(0, 2), shard(2, 2), shard(0, 65535)]) {
    await expect(openGguf(createBufferSource(tinyLlama(position)))).rejects.toMatchObject({
      code: 'bad_gguf',
    });
  }
});

it('openGguf rejects a file that contains only a vocabulary, with a hint', async () => {
  const opening = openGguf(createBufferSource(encodeGguf(llamaMetadata(), [])));
  await expect(opening).rejects.toMatchObject({
    code: 'missing_tensor',
    hint: expect.stringContaining('tokenize'),
  });
});

// Metadata stays in memory, and an attacker can create a sparse file of any size without using disk space.
it('openGguf rejects gigabytes of metadata before reading them', async () => {
  const u64 = (value: number) => [value, 0, 0, 0, 0, 0, 0, 0];
  const [array, uint64, length] = [
    [9, 0, 0, 0],
    [10, 0, 0, 0],
    [0, 0, 0, 1, 0, 0, 0, 0],
  ]; // 2^24 values of 8 bytes
  const headerBytes = [
    ...Buffer.from('GGUF'),
    3,
    0,
    0,
    0,
    ...u64(0),
    ...u64(1),
    ...u64(1),
    0x78,
    ...array,
    ...uint64,
    ...length,
  ];
  let bytesRead = 0;
  const source: ByteSource = {
    name: 'holes.gguf',
    size: 2 ** 36,
    async readInto(offset, target) {
      bytesRead += target.length;
      target.set(headerBytes.slice(offset));
    },
    async close() {},
  };
  await expect(openGguf(source)).rejects.toMatchObject({
    code: 'bad_gguf',
    message: expect.stringContaining('metadata takes more than 134217728 bytes'),
  });
  expect(bytesRead).toBeLessThan(2 ** 21);
});
