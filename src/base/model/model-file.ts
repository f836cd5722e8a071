// What every checkpoint format is turned into: a config in one vocabulary of names, tokenizer data, and a
// table of tensors under the names that the Hugging Face checkpoint of the family uses ("linears keep
// their checkpoint names"). Quirks of a format (GGUF's own tensor names, GPT-2's transposed
// Conv1D weights) end in the room `formats`.

import type { DtypeName } from './dtypes.ts';
import type { TokenizerData } from './tokenizer-data.ts';

/** How rotary embedding pairs the elements of a head: (i, i + dim/2) or (2i, 2i + 1). */
export type RopeLayout = 'half' | 'interleaved';

export interface RopeConfig {
  readonly layout: RopeLayout;
  /** base of the frequencies */
  readonly theta: number;
  /** leading elements of each head that turn; the others stay */
  readonly dim: number;
  /** how the angles are stretched for contexts longer than those first trained on */
  readonly scaling?: RopeScaling;
  /** divides each frequency: a table that llama.cpp's converter writes for Llama 3. [dim / 2] */
  readonly factors?: readonly number[];
}

/** The kinds of scaling by their names in config.json; program/rope-table.ts says what each does. */
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
      /** the borders of the ramp are whole numbers */
      readonly truncate: boolean;
    };

/** Layers whose tokens see only the last `size` tokens, themselves included. */
export interface SlidingWindow {
  readonly size: number;
  /** whether a layer slides. [layers] */
  readonly layers: readonly boolean[];
}

export const ACTIVATION_NAMES = ['silu', 'relu', 'gelu_tanh', 'gelu'] as const;
export type ActivationName = (typeof ACTIVATION_NAMES)[number];

export interface ModelConfig {
  /** the family's name as checkpoints spell it: `llama`, `qwen3` */
  readonly architecture: string;
  /** what people call the model */
  readonly name: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly ffnSize: number;
  /** most tokens of prompt and answer together */
  readonly contextLength: number;
  /** as far as the context may be stretched on request (dynamic rope scaling); `contextLength` where absent */
  readonly longestContext?: number;
  readonly normEpsilon: number;
  readonly activation: ActivationName;
  /** absent where positions are learned */
  readonly rope?: RopeConfig;
  /** whether the queries and keys of a layer are rotated; those of all layers where absent. [layers] */
  readonly ropeLayers?: readonly boolean[];
  /** absent where every token sees all before it */
  readonly slidingWindow?: SlidingWindow;
  /** the output projection is the embedding table */
  readonly tiedEmbeddings: boolean;
}

/** Defaults that a checkpoint suggests for sampling; absent where it says nothing. */
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
  /** row-major; a linear is [outputs, inputs], a vector [length] */
  readonly shape: readonly number[];
  /** bytes as `read` delivers them */
  readonly byteLength: number;
}

export interface ModelFile {
  readonly format: 'gguf' | 'huggingface';
  /** path for messages */
  readonly source: string;
  readonly config: ModelConfig;
  readonly generation: GenerationDefaults;
  readonly tokenizer: TokenizerData;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * Fills `target` (may be shared memory) with the bytes of one tensor from `from` on, rows contiguous; without `from`
   * with all of them, [tensor.byteLength]. Parts are of whole rows.
   */
  readInto(name: string, target: Uint8Array, from?: number): Promise<void>;
  close(): Promise<void>;
}
