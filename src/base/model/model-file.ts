// The representation of a checkpoint, the same for all formats: a config with uniform names, tokenizer data, and a
// table of tensors by their names in Hugging Face checkpoints. Differences between formats (GGUF tensor names,
// transposed Conv1D weights of GPT-2) are resolved in src/formats.

import type { DtypeName } from './dtypes.ts';
import type { PoolingConfig } from './pooling.ts';
import type { TokenizerData } from './tokenizer-data.ts';

/** How rotary embedding pairs the elements of a head: (i, i + dim/2) or (2i, 2i + 1). */
export type RopeLayout = 'half' | 'interleaved';

export interface RopeConfig {
  readonly layout: RopeLayout;
  /** base of the frequencies */
  readonly theta: number;
  /** leading elements of each head that are rotated */
  readonly dim: number;
  /** how the angles are scaled for contexts longer than the original training context */
  readonly scaling?: RopeScaling;
  /** divisors of the frequencies, which llama.cpp's converter writes for Llama 3. [dim / 2] */
  readonly factors?: readonly number[];
}

/** Kinds of RoPE scaling by their names in config.json; program/rope-table.ts defines them. */
export type RopeScaling =
  | { readonly kind: 'linear'; readonly factor: number }
  | { readonly kind: 'dynamic'; readonly factor: number; readonly originalContext: number }
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalContext: number;
    }
  | {
      readonly kind: 'yarn';
      readonly factor: number;
      readonly originalContext: number;
      /** multiplies cosine and sine */
      readonly attentionFactor: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** whether the bounds of the ramp are rounded to whole numbers */
      readonly truncate: boolean;
    }
  | {
      readonly kind: 'longrope';
      readonly originalContext: number;
      /** multiplies cosine and sine */
      readonly attentionFactor: number;
      /** divisors of the frequencies if the context length is at most `originalContext`. [dim / 2] */
      readonly shortFactors: readonly number[];
      /** divisors of the frequencies for longer contexts. [dim / 2] */
      readonly longFactors: readonly number[];
    };

/** Layers whose tokens attend only to the last `size` tokens, themselves included. */
export interface SlidingWindow {
  readonly size: number;
  /** whether a layer uses the window. [layers] */
  readonly layers: readonly boolean[];
}

/** Constant factors, which keep the values of deep models in range. */
export interface Multipliers {
  /** of the embeddings */
  readonly embedding: number;
  /** of the output of attention and of the feed-forward network, before it is added to their input */
  readonly residual: number;
  readonly logits: number;
}

/** Limits c of values x, which become c tanh(x / c); a value without a limit does not change. */
export interface SoftCaps {
  /** of the attention scores */
  readonly attention?: number;
  readonly logits?: number;
}

export const ACTIVATION_NAMES = ['silu', 'relu', 'gelu_tanh', 'gelu', 'tanh'] as const;
export type ActivationName = (typeof ACTIVATION_NAMES)[number];

export interface ModelConfig {
  /** the family's name as checkpoints write it: `llama`, `qwen3` */
  readonly architecture: string;
  /** display name of the model */
  readonly name: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly ffnSize: number;
  /** maximum number of tokens of prompt and answer together */
  readonly contextLength: number;
  /** maximum context length that may be requested (dynamic RoPE scaling); `contextLength` when absent */
  readonly maxContextLength?: number;
  readonly normEpsilon: number;
  readonly activation: ActivationName;
  /** absent when position embeddings are learned */
  readonly rope?: RopeConfig;
  /** the rotary embedding of the layers with a sliding window; that of all layers when absent */
  readonly windowRope?: RopeConfig;
  /** whether the queries and keys of a layer are rotated; all layers when absent. [layers] */
  readonly ropeLayers?: readonly boolean[];
  /** factor of the attention scores; 1 / sqrt(headDim) when absent */
  readonly attentionScale?: number;
  /** each is 1 when absent */
  readonly multipliers?: Multipliers;
  readonly softCaps?: SoftCaps;
  /** absent when every token attends to all previous ones */
  readonly slidingWindow?: SlidingWindow;
  /** whether the output projection uses the embedding table */
  readonly tiedEmbeddings: boolean;
  /** how the model makes embeddings; absent if its files do not say that it does */
  readonly pooling?: PoolingConfig;
  /** why the embeddings that the files describe cannot be computed */
  readonly unsupportedPooling?: string;
}

/** Sampling defaults that a checkpoint recommends. */
export interface GenerationDefaults {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly typicalP?: number;
  readonly repetitionPenalty?: number;
}

export interface TensorInfo {
  /** checkpoint name, for example `model.layers.0.self_attn.q_proj.weight` */
  readonly name: string;
  readonly dtype: DtypeName;
  /** of row-major data: [outputs, inputs] of a linear layer, [length] of a vector */
  readonly shape: readonly number[];
  /** size of the data that `readInto` returns, in bytes */
  readonly byteLength: number;
}

/** Where a tensor is stored. */
export interface FileRange {
  /** path of the file, for messages */
  readonly file: string;
  /** descriptor of the open file, which is valid until the model file is closed */
  readonly descriptor: number;
  /** bytes from the start of the file */
  readonly offset: number;
}

export interface ModelFile {
  readonly format: 'gguf' | 'huggingface';
  /** path of the file or folder, for messages */
  readonly source: string;
  readonly config: ModelConfig;
  readonly generation: GenerationDefaults;
  /** may be read when it is first used, which then throws the errors of the tokenizer */
  readonly tokenizer: TokenizerData;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * Fills `target`, which may be shared memory, with the row-major data of one tensor, starting at byte `from` of the
   * data. `from`, 0 by default, and the length of `target` must be multiples of the bytes of a row.
   */
  readInto(name: string, target: Uint8Array, from?: number): Promise<void>;
  /** Returns where a file contains the bytes that `readInto` returns; undefined if no file contains them in this order. */
  rangeOf?(name: string): FileRange | undefined;
  close(): Promise<void>;
}
