// Small GGUF files for tests: a llama of one layer whose bytes each test may damage.

import type { TensorToWrite, TypedValue } from './writer.ts';
import { encodeGguf } from './writer.ts';

export type Metadata = Record<string, TypedValue>;

export const u32 = (value: number): TypedValue => ({ type: 'uint32', value });
export const f32 = (value: number): TypedValue => ({ type: 'float32', value });
export const text = (value: string): TypedValue => ({ type: 'string', value });
export const flag = (value: boolean): TypedValue => ({ type: 'bool', value });
export const texts = (value: readonly string[]): TypedValue => ({ type: 'array', of: 'string', value });

/** Metadata of a llama with a SentencePiece vocabulary of `tokens`. */
export function llamaMetadata(tokens: readonly string[] = ['<unk>', '<s>', '</s>', 'a']): Metadata {
  return {
    'general.architecture': text('llama'),
    'general.name': text('tiny'),
    'llama.context_length': u32(64),
    'llama.embedding_length': u32(32),
    'llama.block_count': u32(1),
    'llama.feed_forward_length': u32(32),
    'llama.attention.head_count': u32(4),
    'llama.attention.head_count_kv': u32(2),
    'llama.attention.layer_norm_rms_epsilon': f32(1e-5),
    'tokenizer.ggml.model': text('llama'),
    'tokenizer.ggml.tokens': texts(tokens),
    'tokenizer.ggml.scores': { type: 'array', of: 'float32', value: tokens.map((_, id) => -id) },
    'tokenizer.ggml.token_type': {
      type: 'array',
      of: 'int32',
      value: tokens.map((_, id) => (id < 3 ? 3 : 1)),
    },
  };
}

/** The embedding, one norm and one linear: enough for a reader, which leaves completeness to the families. */
export const llamaTensors: readonly (TensorToWrite & { readonly data: Uint8Array })[] = [
  { name: 'token_embd.weight', dtype: 'Q8_0', shape: [4, 32], data: counting(4 * 34) },
  { name: 'blk.0.attn_q.weight', dtype: 'F16', shape: [32, 32], data: counting(2 * 32 * 32) },
  { name: 'output_norm.weight', dtype: 'F32', shape: [32], data: counting(4 * 32) },
];

/** Bytes 0, 1, 2, ... 250, 0, ... */
export function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

/** The file of {@link llamaMetadata} and {@link llamaTensors}, with metadata changed as told. */
export function tinyLlama(changes: Metadata = {}, tensors = llamaTensors): Uint8Array<ArrayBuffer> {
  return encodeGguf({ ...llamaMetadata(), ...changes }, tensors);
}
