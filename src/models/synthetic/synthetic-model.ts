// Creates a model file with the architecture and sizes of a public model and random weights: the tensors and metadata that a
// converter would write, in the types that llama.cpp's quantizer would choose. The family's descriptor states which
// tensors the model has, and the table below states their sizes.

import { DTYPES, type DtypeName } from '../../base/model/dtypes.ts';
import { ggufFamily, type TensorNames } from '../../formats/family-format.ts';
import { f32, text, u32 } from '../../formats/gguf/typed-values.ts';
import type { TensorToWrite, TypedValue } from '../../formats/gguf/writer.ts';
import { llama3OriginalShare } from '../../program/rope-table.ts';
import { FAMILIES } from '../registry.ts';
import type { PublicModel } from './public-models.ts';
import { vocabularyMetadata } from './vocabulary.ts';

export interface SyntheticTensor extends TensorToWrite {
  /** random values with the standard deviation `spread`, or the given values */
  readonly contents: { readonly spread: number } | { readonly values: readonly number[] };
}

export interface SyntheticModel {
  readonly metadata: Readonly<Record<string, TypedValue>>;
  readonly tensors: readonly SyntheticTensor[];
}

/**
 * Returns metadata and tensors in the order of the file.
 * @param linearType type of the weights of linear layers; vectors are F32
 */
export function createSyntheticModel(model: PublicModel, linearType: DtypeName): SyntheticModel {
  const { tensors } = ggufFamily(model.name, FAMILIES, model.architecture);
  return {
    metadata: { ...modelMetadata(model, linearType), ...vocabularyMetadata(model) },
    tensors: tensorsOf(model, tensors, linearType),
  };
}

/** [outputs, inputs] of a linear layer, [length] of a norm. */
type ModuleShape = readonly [outputs: number, inputs: number] | readonly [length: number];

/** The modules of a layer by their GGUF stems, in the order of the file. */
const LAYER_MODULES: Readonly<Record<string, (model: PublicModel) => ModuleShape>> = {
  attn_norm: ({ hiddenSize }) => [hiddenSize],
  ffn_norm: ({ hiddenSize }) => [hiddenSize],
  attn_q: ({ heads, headDim, hiddenSize }) => [heads * headDim, hiddenSize],
  attn_k: ({ kvHeads, headDim, hiddenSize }) => [kvHeads * headDim, hiddenSize],
  attn_v: ({ kvHeads, headDim, hiddenSize }) => [kvHeads * headDim, hiddenSize],
  attn_qkv: ({ heads, kvHeads, headDim, hiddenSize }) => [(heads + 2 * kvHeads) * headDim, hiddenSize],
  attn_q_norm: ({ architecture, heads, headDim }) => [headDim * (architecture === 'olmo2' ? heads : 1)],
  attn_k_norm: ({ architecture, kvHeads, headDim }) => [headDim * (architecture === 'olmo2' ? kvHeads : 1)],
  post_attention_norm: ({ hiddenSize }) => [hiddenSize],
  post_ffw_norm: ({ hiddenSize }) => [hiddenSize],
  attn_output: ({ heads, headDim, hiddenSize }) => [hiddenSize, heads * headDim],
  ffn_gate: ({ ffnSize, hiddenSize }) => [ffnSize, hiddenSize],
  // Phi 3 has no ffn_gate: gate and up are one tensor.
  ffn_up: ({ architecture, ffnSize, hiddenSize }) => [
    ffnSize * (architecture === 'phi3' ? 2 : 1),
    hiddenSize,
  ],
  ffn_down: ({ ffnSize, hiddenSize }) => [hiddenSize, ffnSize],
};

function tensorsOf(model: PublicModel, names: TensorNames, linearType: DtypeName): SyntheticTensor[] {
  const { vocabSize, hiddenSize, contextLength, tiedEmbeddings } = model;
  const table = tableType(linearType);
  const tensors = [matrixTensor('token_embd.weight', table, vocabSize, hiddenSize)];
  if ('position_embd' in names.global)
    tensors.push(f32Tensor('position_embd.weight', [contextLength, hiddenSize], SMALL));
  tensors.push(...moduleTensors('output_norm', 'output_norm', [hiddenSize], model, linearType));
  if (!tiedEmbeddings) tensors.push(matrixTensor('output.weight', table, vocabSize, hiddenSize));
  for (const [name, values] of Object.entries(ropeTables(model)))
    tensors.push(f32Tensor(`${name}.weight`, [values.length], { values }));
  const modules = Object.keys(LAYER_MODULES).filter((stem) => stem in names.layer);
  if (modules.length < Object.keys(names.layer).length)
    throw new TypeError(`a layer of ${model.architecture} has modules other than ${modules.join(', ')}`);
  for (let layer = 0; layer < model.layers; layer++) {
    for (const stem of modules)
      tensors.push(
        ...moduleTensors(`blk.${layer}.${stem}`, stem, LAYER_MODULES[stem]!(model), model, linearType),
      );
  }
  return tensors;
}

/** Returns the weight of a module, and its bias if the model lists the module. */
function moduleTensors(
  name: string,
  stem: string,
  moduleShape: ModuleShape,
  { biases = [] }: PublicModel,
  linearType: DtypeName,
): SyntheticTensor[] {
  const [outputs, inputs] = moduleShape;
  const weight =
    inputs === undefined
      ? f32Tensor(`${name}.weight`, [outputs], { values: new Array<number>(outputs).fill(1) })
      : matrixTensor(`${name}.weight`, linearType, outputs, inputs);
  return biases.includes(stem) ? [weight, f32Tensor(`${name}.bias`, [outputs], SMALL)] : [weight];
}

/** Contents of biases and learned positions. */
const SMALL = { spread: 0.02 } as const;

// The types that llama.cpp chooses if the length of a row is not a multiple of 256.
const FALLBACK_TYPES: Partial<Readonly<Record<DtypeName, DtypeName>>> = {
  Q4_K: 'Q5_0',
  Q5_K: 'Q5_1',
  Q6_K: 'Q8_0',
};

function fittingType(dtype: DtypeName, rowLength: number): DtypeName {
  return rowLength % DTYPES[dtype].blockElements === 0 ? dtype : (FALLBACK_TYPES[dtype] ?? 'F16');
}

// The embedding table and the output projection lose the most accuracy with few bits.
const tableType = (linearType: DtypeName): DtypeName => (/^Q[45]_/.test(linearType) ? 'Q8_0' : linearType);

// Weights of this standard deviation preserve the length of a row through a product of `inputs` terms.
const matrixTensor = (name: string, dtype: DtypeName, outputs: number, inputs: number): SyntheticTensor => ({
  name,
  dtype: fittingType(dtype, inputs),
  shape: [outputs, inputs],
  contents: { spread: inputs ** -0.5 },
});

const f32Tensor = (
  name: string,
  shape: readonly number[],
  contents: SyntheticTensor['contents'],
): SyntheticTensor => ({ name, dtype: 'F32', shape, contents });

function modelMetadata(model: PublicModel, linearType: DtypeName): Record<string, TypedValue> {
  const { architecture, ropeTheta, biases = [], factors = {}, counts = {} } = model;
  // RMS norm has no bias.
  const epsilon = biases.includes('attn_norm') ? 'layer_norm_epsilon' : 'layer_norm_rms_epsilon';
  const rotary: Record<string, TypedValue> =
    ropeTheta === undefined
      ? {}
      : {
          [`${architecture}.attention.head_count_kv`]: u32(model.kvHeads),
          [`${architecture}.attention.key_length`]: u32(model.headDim),
          [`${architecture}.attention.value_length`]: u32(model.headDim),
          [`${architecture}.rope.dimension_count`]: u32(model.ropeDim ?? model.headDim),
          [`${architecture}.rope.freq_base`]: f32(ropeTheta),
        };
  return {
    'general.architecture': text(architecture),
    'general.name': text(`${model.name} with random weights (${linearType})`),
    'general.quantization_version': u32(2),
    [`${architecture}.vocab_size`]: u32(model.vocabSize),
    [`${architecture}.context_length`]: u32(model.contextLength),
    [`${architecture}.embedding_length`]: u32(model.hiddenSize),
    [`${architecture}.block_count`]: u32(model.layers),
    [`${architecture}.feed_forward_length`]: u32(model.ffnSize),
    [`${architecture}.attention.head_count`]: u32(model.heads),
    [`${architecture}.attention.${epsilon}`]: f32(model.normEpsilon),
    ...rotary,
    ...Object.fromEntries(
      Object.entries(factors).map(([key, factor]) => [`${architecture}.${key}`, f32(factor)]),
    ),
    ...Object.fromEntries(
      Object.entries(counts).map(([key, count]) => [`${architecture}.${key}`, u32(count)]),
    ),
  };
}

/** Returns the tables of rotary factors by the GGUF names of their tensors. [rotated pairs of a head] */
function ropeTables(model: PublicModel): Readonly<Record<string, readonly number[]>> {
  const { ropeScaling, longRopeFactor, headDim, ropeDim = headDim } = model;
  if (ropeScaling !== undefined) return { rope_freqs: llama3Factors(model) };
  if (longRopeFactor === undefined) return {};
  const pairs = ropeDim / 2;
  return {
    rope_factors_long: Array.from({ length: pairs }, (_, pair) => longRopeFactor ** (pair / (pairs - 1))),
    rope_factors_short: new Array<number>(pairs).fill(1),
  };
}

// Converters store the scaling of Llama 3 as a divisor of each frequency: 1 for pairs that rotate fast, the factor for
// pairs that rotate slowly, and a value between both for other pairs. [headDim / 2]
function llama3Factors({ headDim, ropeTheta = 1, ropeScaling }: PublicModel): number[] {
  if (ropeScaling === undefined) return [];
  const { factor, originalContext } = ropeScaling;
  return Array.from({ length: headDim / 2 }, (_, pair) => {
    const rotations = (originalContext * ropeTheta ** ((-2 * pair) / headDim)) / (2 * Math.PI);
    const share = llama3OriginalShare(rotations, ropeScaling);
    return 1 / ((1 - share) / factor + share);
  });
}
