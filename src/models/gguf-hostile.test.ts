// Damaged and malicious files: each must be rejected at once by a clear error, without allocating what it claims.

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

// Offset of the byte after the last `needle`: names of tensors follow the metadata.
function after(bytes: Uint8Array, needle: string): number {
  const offset = Buffer.from(bytes.buffer).lastIndexOf(needle);
  if (offset < 0) throw new Error(`no ${needle}`);
  return offset + needle.length;
}

// A tensor's description after its name: dimensions (4), each size (8), type (4), offset (8).
const QUERY = 'blk.0.attn_q.weight';

const damages: [string, Damage, ErrorCode, RegExp][] = [
  ['another magic', (bytes) => bytes.set([1, 2, 3, 4]), 'bad_gguf', /does not begin with GGUF/],
  ['version 1', (_, view) => view.setUint32(4, 1, true), 'bad_gguf', /version 1/],
  ['version 4', (_, view) => view.setUint32(4, 4, true), 'bad_gguf', /version 4/],
  ['big-endian', (_, view) => view.setUint32(4, 3, false), 'bad_gguf', /big-endian/],
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
    '2^64-1 bytes of key',
    (_, view) => view.setBigUint64(24, 2n ** 64n - 1n, true),
    'bad_gguf',
    /string claims/,
  ],
  ['a string beyond the end', longString, 'bad_gguf', /string claims|ends within/],
  ['an array beyond the end', longArray, 'bad_gguf', /tokenizer\.ggml\.tokens claims/],
  ['an array of arrays', arrayOfArrays, 'bad_gguf', /array of arrays/],
  ['an unknown value type', unknownValueType, 'bad_gguf', /unknown type 77/],
  ['no dimensions', (b, v) => v.setUint32(after(b, QUERY), 0, true), 'bad_gguf', /claims 0 dimensions/],
  ['2^31 dimensions', (b, v) => v.setUint32(after(b, QUERY), 2 ** 31, true), 'bad_gguf', /dimensions/],
  [
    'an overflowing shape',
    (b, v) => v.setBigUint64(after(b, QUERY) + 4, 2n ** 61n, true),
    'bad_gguf',
    /shape/,
  ],
  ['a size of 0', (b, v) => v.setBigUint64(after(b, QUERY) + 4, 0n, true), 'bad_gguf', /shape/],
  [
    'a size beyond the end',
    (b, v) => v.setBigUint64(after(b, QUERY) + 4, 2n ** 30n, true),
    'bad_gguf',
    /ends at/,
  ],
  [
    'an offset beyond the end',
    (b, v) => v.setBigUint64(after(b, QUERY) + 24, 2n ** 40n, true),
    'bad_gguf',
    /ends at/,
  ],
  [
    'an offset not aligned',
    (b, v) => v.setBigUint64(after(b, QUERY) + 24, 33n, true),
    'bad_gguf',
    /multiple of 32/,
  ],
  ['overlapping tensors', (b, v) => v.setBigUint64(after(b, QUERY) + 24, 0n, true), 'bad_gguf', /overlap/],
  [
    'IQ4_NL',
    (b, v) => v.setUint32(after(b, QUERY) + 20, 20, true),
    'unsupported_tensor_type',
    /attn_q.* IQ4_NL/,
  ],
  ['type 99', (b, v) => v.setUint32(after(b, QUERY) + 20, 99, true), 'unsupported_tensor_type', /number 99/],
];

function rotaryFactors(factors: readonly number[]) {
  const data = new Uint8Array(Float32Array.from(factors).buffer);
  return { name: 'rope_freqs.weight', dtype: 'F32', shape: [factors.length], data } as const;
}

function longString(bytes: Uint8Array, view: DataView): void {
  // the value of general.architecture
  view.setBigUint64(after(bytes, 'general.architecture') + 4, 2n ** 25n, true);
}

function longArray(bytes: Uint8Array, view: DataView): void {
  view.setBigUint64(after(bytes, 'tokenizer.ggml.tokens') + 8, 2n ** 61n, true);
}

function arrayOfArrays(bytes: Uint8Array, view: DataView): void {
  view.setUint32(after(bytes, 'tokenizer.ggml.tokens') + 4, 9, true);
}

function unknownValueType(bytes: Uint8Array, view: DataView): void {
  view.setUint32(after(bytes, 'general.name'), 77, true);
}

it.each(damages)('rejects %s', async (_, damage, code, message) => {
  const bytes = tinyLlama();
  damage(bytes, new DataView(bytes.buffer));
  await expect(openGguf(createBufferSource(bytes, 'bad.gguf'))).rejects.toMatchObject({
    name: 'QuireError',
    code,
    message: expect.stringMatching(message),
  });
});

it('rejects a file cut at any offset', async () => {
  const bytes = tinyLlama();
  // In this file no padding follows the last tensor.
  for (let length = 0; length < bytes.length; length += 13) {
    const cut = createBufferSource(bytes.slice(0, length), 'cut.gguf');
    await expect(openGguf(cut)).rejects.toMatchObject({ code: 'bad_gguf' });
  }
});

it('opens or rejects with a QuireError, whichever byte is damaged', {
  timeout: 60_000,
}, async () => {
  const bytes = tinyLlama();
  const outcomes = new Set<string>();
  for (let at = 0; at < bytes.length; at += 3) {
    const damaged = bytes.slice();
    damaged[at] = 255 - (bytes[at] ?? 0);
    const opened = openGguf(createBufferSource(damaged)).then(
      () => 'opened',
      (error: unknown) => (error instanceof Error ? error.name : String(error)),
    );
    outcomes.add(await opened);
  }
  expect([...outcomes].sort()).toEqual(['QuireError', 'opened']);
});

it.each([
  ['an unknown architecture', { 'general.architecture': text('mamba') }, 'unknown_architecture', /mamba/],
  ['unknown scaling', { 'llama.rope.scaling.type': text('longrope') }, 'unsupported_config', /longrope/],
  ['a scaling of 0', { 'llama.rope.scale_linear': u32(0) }, 'unsupported_config', /rope\.scale_linear/],
  ['experts', { 'llama.expert_count': u32(8) }, 'unsupported_config', /expert_count = 8/],
  ['heads that do not divide', { 'llama.attention.head_count_kv': u32(3) }, 'unsupported_config', /KV heads/],
  ['heads that do not fit', { 'llama.attention.head_count': u32(6) }, 'unsupported_config', /head/],
  ['no layers', { 'llama.block_count': u32(0) }, 'unsupported_config', /block_count = 0/],
  ['a size that is text', { 'llama.block_count': text('many') }, 'unsupported_config', /block_count/],
  ['a token id beyond', { 'tokenizer.ggml.bos_token_id': u32(4) }, 'bad_tokenizer', /bos_token_id is 4/],
  ['scores that are missing', { 'tokenizer.ggml.scores': flag(true) }, 'bad_tokenizer', /scores/],
] as const)('rejects %s', async (_, changes, code, message) => {
  await expect(openGguf(createBufferSource(tinyLlama(changes)))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

// Each would become the length of a list, a loop or a product.
it.each([
  ['llama.block_count', /block_count = 2147483647, but its tensors allow at most 3/],
  ['llama.embedding_length', /embedding_length = 2147483647, .* allow at most 32/],
  ['llama.attention.head_count', /head_count = 2147483647/],
  ['llama.attention.head_count_kv', /head_count_kv = 2147483647/],
  ['llama.attention.key_length', /key_length = 2147483647/],
  ['llama.feed_forward_length', /feed_forward_length = 2147483647/],
  ['llama.rope.dimension_count', /dimension_count = 2147483647/],
] as const)('rejects a %s beyond the tensors', async (key, message) => {
  const opened = openGguf(createBufferSource(tinyLlama({ [key]: u32(2 ** 31 - 1) })));
  await expect(opened).rejects.toMatchObject({
    code: 'unsupported_config',
    message: expect.stringMatching(message),
  });
});

it('rejects a LoRA adapter with a hint', async () => {
  const factor = { name: 'blk.0.attn_q.weight.lora_a', dtype: 'F32', shape: [2, 4] } as const;
  const adapter = encodeGguf({ 'general.type': text('adapter'), 'general.architecture': text('llama') }, [
    { ...factor, data: countingBytes(32) },
  ]);
  await expect(openGguf(createBufferSource(adapter, 'lora.gguf'))).rejects.toMatchObject({
    code: 'unsupported_config',
    message: 'lora.gguf is a LoRA adapter, not a complete model',
    hint: expect.stringContaining('merge'),
  });
});

it.each([0, 48, 2 ** 31])('rejects an alignment of %i', async (alignment) => {
  const bytes = tinyLlama({ 'general.alignment': u32(64) });
  new DataView(bytes.buffer).setUint32(after(bytes, 'general.alignment') + 4, alignment, true);
  await expect(openGguf(createBufferSource(bytes))).rejects.toMatchObject({
    code: 'bad_gguf',
    message: expect.stringContaining(`alignment is ${alignment}`),
  });
});

it('accepts unsupported keys that are 0 or off', async () => {
  const bytes = tinyLlama({ 'llama.expert_count': u32(0), 'llama.rope.scaling.type': text('none') });
  await expect(openGguf(createBufferSource(bytes))).resolves.toBeDefined();
});

it('rejects duplicate tensors', async () => {
  const [embedding, query] = llamaTensors;
  if (embedding === undefined || query === undefined) throw new Error('no fixture');
  await expect(
    openGguf(createBufferSource(encodeGguf(llamaMetadata(), [embedding, query, query]))),
  ).rejects.toMatchObject({ code: 'bad_gguf', message: expect.stringContaining('twice') });
});

it.each([
  ['too few', [1, 2], 'unsupported_config'],
  ['a zero', [1, 2, 0, 8], 'bad_gguf'],
  ['no number', [1, 2, Number.NaN, 8], 'bad_gguf'],
])('rejects rotary factors with %s', async (_what, factors, code) => {
  const bytes = encodeGguf(llamaMetadata(), [...llamaTensors, rotaryFactors(factors)]);
  await expect(openGguf(createBufferSource(bytes))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(/rope_freqs|rotary factors/),
  });
});

it('rejects a shard without a shard name or with an impossible index', async () => {
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

it('rejects a file with only a vocabulary, with a hint', async () => {
  const opened = openGguf(createBufferSource(encodeGguf(llamaMetadata(), [])));
  await expect(opened).rejects.toMatchObject({
    code: 'missing_tensor',
    hint: expect.stringContaining('tokenize'),
  });
});

// Metadata stays in memory, and a sparse file of any size costs an attacker nothing.
it('rejects gigabytes of metadata before reading them', async () => {
  const u64 = (value: number) => [value, 0, 0, 0, 0, 0, 0, 0];
  const [array, uint64, length] = [
    [9, 0, 0, 0],
    [10, 0, 0, 0],
    [0, 0, 0, 1, 0, 0, 0, 0],
  ]; // 2^24 of 8 bytes
  const head = [
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
      target.set(head.slice(offset));
    },
    async close() {},
  };
  await expect(openGguf(source)).rejects.toMatchObject({
    code: 'bad_gguf',
    message: expect.stringContaining('metadata takes more than 134217728 bytes'),
  });
  expect(bytesRead).toBeLessThan(2 ** 21);
});
