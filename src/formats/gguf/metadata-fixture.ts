// Small GGUF files for tests: a model with one layer, whose bytes a test may damage.

import { f32, f32s, int32s, text, texts, u32 } from './typed-values.ts';
import { encodeGguf, type TensorToWrite, type TypedValue } from './writer.ts';

export type Metadata = Record<string, TypedValue>;

const TOKENS: readonly string[] = ['<unk>', '<s>', '</s>', 'a'];

/** Metadata of a llama with a SentencePiece vocabulary of `tokens`. */
export const llamaMetadata = (tokens?: readonly string[]): Metadata => metadataOf('llama', tokens);

/** Metadata of a model of any architecture, with a SentencePiece vocabulary of `tokens`. */
export function metadataOf(architecture: string, tokens = TOKENS): Metadata {
  return {
    'general.architecture': text(architecture),
    'general.name': text('tiny'),
    [`${architecture}.context_length`]: u32(64),
    [`${architecture}.embedding_length`]: u32(32),
    [`${architecture}.block_count`]: u32(1),
    [`${architecture}.feed_forward_length`]: u32(32),
    [`${architecture}.attention.head_count`]: u32(4),
    [`${architecture}.attention.head_count_kv`]: u32(2),
    [`${architecture}.attention.layer_norm_rms_epsilon`]: f32(1e-5),
    'tokenizer.ggml.model': text('llama'),
    'tokenizer.ggml.tokens': texts(tokens),
    'tokenizer.ggml.scores': f32s(tokens.map((_, id) => -id)),
    'tokenizer.ggml.token_type': int32s(tokens.map((_, id) => (id < 3 ? 3 : 1))),
  };
}

/**
 * An embedding table, a linear layer and a norm. The reader accepts this incomplete set; only `build` of a family
 * checks it.
 */
export const llamaTensors: readonly (TensorToWrite & { readonly data: Uint8Array })[] = [
  { name: 'token_embd.weight', dtype: 'Q8_0', shape: [4, 32], data: countingBytes(4 * 34) },
  { name: 'blk.0.attn_q.weight', dtype: 'F16', shape: [32, 32], data: countingBytes(2 * 32 * 32) },
  { name: 'output_norm.weight', dtype: 'F32', shape: [32], data: countingBytes(4 * 32) },
];

/** Bytes 0, 1, 2, ... 250, 0, ... */
export function countingBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

/** A file of {@link llamaMetadata}, overridden by `changes`, and {@link llamaTensors}. */
export function tinyLlama(changes: Metadata = {}, tensors = llamaTensors): Uint8Array<ArrayBuffer> {
  return encodeGguf({ ...llamaMetadata(), ...changes }, tensors);
}
