// A model file with the exact shapes of a public model and random weights: the tensors and metadata that a
// converter would write for it, in the types that llama.cpp's quantizer would choose.

import { DTYPES, type DtypeName } from '../../base/model/dtypes.ts';
import type { TensorToWrite, TypedValue } from '../gguf/writer.ts';
import type { PublicShape } from './public-shapes.ts';
import { vocabularyMetadata } from './vocabulary.ts';

export interface SyntheticTensor extends TensorToWrite {
  /** standard deviation of the values; `ones` and `factors` are no weights */
  readonly contents: { readonly spread: number } | { readonly values: readonly number[] };
}

export interface SyntheticModel {
  readonly metadata: Readonly<Record<string, TypedValue>>;
  readonly tensors: readonly SyntheticTensor[];
}

/** @param linears type of the linears; vectors are F32 */
export function syntheticModel(shape: PublicShape, linears: DtypeName): SyntheticModel {
  return {
    metadata: { ...metadata(shape, linears), ...vocabularyMetadata(shape) },
    tensors: shape.architecture === 'gpt2' ? gpt2Tensors(shape, linears) : gatedTensors(shape, linears),
  };
}

// What llama.cpp takes for a row that its blocks of 256 do not divide.
const FOR_ODD_ROWS: Partial<Readonly<Record<DtypeName, DtypeName>>> = {
  Q4_K: 'Q5_0',
  Q5_K: 'Q5_1',
  Q6_K: 'Q8_0',
};

function fitting(dtype: DtypeName, rowLength: number): DtypeName {
  return rowLength % DTYPES[dtype].blockElements === 0 ? dtype : (FOR_ODD_ROWS[dtype] ?? 'F16');
}

/** Embedding and output suffer most from few bits. */
function tableType(linears: DtypeName): DtypeName {
  return /^Q[45]_/.test(linears) ? 'Q8_0' : linears;
}

// Values of this spread keep a row's length through a product of `inputs` terms.
const matrix = (name: string, dtype: DtypeName, outputs: number, inputs: number): SyntheticTensor => ({
  name,
  dtype: fitting(dtype, inputs),
  shape: [outputs, inputs],
  contents: { spread: inputs ** -0.5 },
});

const vector = (name: string, length: number, contents: SyntheticTensor['contents']): SyntheticTensor => ({
  name,
  dtype: 'F32',
  shape: [length],
  contents,
});

const ones = (name: string, length: number): SyntheticTensor =>
  vector(name, length, { values: new Array<number>(length).fill(1) });
const bias = (name: string, length: number): SyntheticTensor => vector(name, length, { spread: 0.02 });

function gatedTensors(shape: PublicShape, linears: DtypeName): SyntheticTensor[] {
  const { vocabSize, hiddenSize, heads, kvHeads, headDim, ffnSize, layers } = shape;
  const table = tableType(linears);
  const tensors = [
    matrix('token_embd.weight', table, vocabSize, hiddenSize),
    ones('output_norm.weight', hiddenSize),
  ];
  if (!shape.tiedEmbeddings) tensors.push(matrix('output.weight', table, vocabSize, hiddenSize));
  if (shape.ropeScaling !== undefined)
    tensors.push(vector('rope_freqs.weight', headDim / 2, { values: ropeFactors(shape) }));
  for (let layer = 0; layer < layers; layer++) {
    const at = `blk.${layer}.`;
    const linear = (name: string, outputs: number, inputs: number): void => {
      tensors.push(matrix(`${at}${name}.weight`, linears, outputs, inputs));
      if (shape.architecture === 'qwen2' && /^attn_[qkv]$/.test(name))
        tensors.push(bias(`${at}${name}.bias`, outputs));
    };
    tensors.push(ones(`${at}attn_norm.weight`, hiddenSize), ones(`${at}ffn_norm.weight`, hiddenSize));
    linear('attn_q', heads * headDim, hiddenSize);
    linear('attn_k', kvHeads * headDim, hiddenSize);
    linear('attn_v', kvHeads * headDim, hiddenSize);
    if (shape.architecture === 'qwen3')
      tensors.push(ones(`${at}attn_q_norm.weight`, headDim), ones(`${at}attn_k_norm.weight`, headDim));
    linear('attn_output', hiddenSize, heads * headDim);
    linear('ffn_gate', ffnSize, hiddenSize);
    linear('ffn_up', ffnSize, hiddenSize);
    linear('ffn_down', hiddenSize, ffnSize);
  }
  return tensors;
}

function gpt2Tensors(shape: PublicShape, linears: DtypeName): SyntheticTensor[] {
  const { vocabSize, hiddenSize, ffnSize, layers, contextLength } = shape;
  const tensors = [
    matrix('token_embd.weight', tableType(linears), vocabSize, hiddenSize),
    {
      name: 'position_embd.weight',
      dtype: 'F32',
      shape: [contextLength, hiddenSize],
      contents: { spread: 0.02 },
    },
    ones('output_norm.weight', hiddenSize),
    bias('output_norm.bias', hiddenSize),
  ] satisfies SyntheticTensor[] as SyntheticTensor[];
  for (let layer = 0; layer < layers; layer++) {
    const at = `blk.${layer}.`;
    for (const norm of ['attn_norm', 'ffn_norm'])
      tensors.push(ones(`${at}${norm}.weight`, hiddenSize), bias(`${at}${norm}.bias`, hiddenSize));
    const linear = (name: string, outputs: number, inputs: number): void => {
      tensors.push(
        matrix(`${at}${name}.weight`, linears, outputs, inputs),
        bias(`${at}${name}.bias`, outputs),
      );
    };
    linear('attn_qkv', 3 * hiddenSize, hiddenSize);
    linear('attn_output', hiddenSize, hiddenSize);
    linear('ffn_up', ffnSize, hiddenSize);
    linear('ffn_down', hiddenSize, ffnSize);
  }
  return tensors;
}

function metadata(shape: PublicShape, linears: DtypeName): Record<string, TypedValue> {
  const { architecture: a, ropeTheta } = shape;
  const rotary: Record<string, TypedValue> =
    ropeTheta === undefined
      ? { [`${a}.attention.layer_norm_epsilon`]: real(shape.normEpsilon) }
      : {
          [`${a}.attention.layer_norm_rms_epsilon`]: real(shape.normEpsilon),
          [`${a}.attention.head_count_kv`]: whole(shape.kvHeads),
          [`${a}.attention.key_length`]: whole(shape.headDim),
          [`${a}.attention.value_length`]: whole(shape.headDim),
          [`${a}.rope.dimension_count`]: whole(shape.headDim),
          [`${a}.rope.freq_base`]: real(ropeTheta),
        };
  return {
    'general.architecture': { type: 'string', value: a },
    'general.name': { type: 'string', value: `${shape.name} with random weights (${linears})` },
    'general.quantization_version': whole(2),
    [`${a}.vocab_size`]: whole(shape.vocabSize),
    [`${a}.context_length`]: whole(shape.contextLength),
    [`${a}.embedding_length`]: whole(shape.hiddenSize),
    [`${a}.block_count`]: whole(shape.layers),
    [`${a}.feed_forward_length`]: whole(shape.ffnSize),
    [`${a}.attention.head_count`]: whole(shape.heads),
    ...rotary,
  };
}

const whole = (value: number): TypedValue => ({ type: 'uint32', value });
const real = (value: number): TypedValue => ({ type: 'float32', value });

// What divides each frequency, as converters keep Llama 3's scaling: 1 for pairs that turn often, the factor for
// those that turn seldom, a blend between.
function ropeFactors({ headDim, ropeTheta = 1, ropeScaling }: PublicShape): number[] {
  if (ropeScaling === undefined) return [];
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = ropeScaling;
  return Array.from({ length: headDim / 2 }, (_, pair) => {
    const turns = (originalContext * ropeTheta ** ((-2 * pair) / headDim)) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return 1 / ((1 - kept) / factor + kept);
  });
}
