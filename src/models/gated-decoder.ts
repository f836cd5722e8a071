// The decoder of Llama (Touvron et al. 2023), which most families share: pre-norm blocks of grouped-query attention
// with rotary embedding and a gated feed-forward network, biases if the checkpoint has them, and sliding windows if the
// config has them. The source file of a family describes the files of its models and adds the operations that only this
// family has.

import { QuireError } from '../base/errors.ts';
import type { ModelConfig, Multipliers, RopeConfig } from '../base/model/model-file.ts';
import type { TensorNames } from '../formats/family-format.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { ValueId } from '../program/program.ts';
import { groupOfLayer, kvGroupsOf, type ModelFamily } from './family.ts';
import { type DecoderGguf, decoderGguf } from './gated-decoder-gguf.ts';
import { type DecoderHuggingFace, decoderHuggingFace } from './gated-decoder-hugging-face.ts';

/** A family of gated decoders. */
interface GatedDecoder {
  /** `model_type` of a config.json */
  readonly architecture: string;
  readonly tensors: TensorNames;
  readonly huggingFace: DecoderHuggingFace;
  /** undefined if no converter writes GGUF files of the family */
  readonly gguf: DecoderGguf | undefined;
  readonly quirks?: Quirks;
}

/** The modules that normalize the input and the output of the sublayers; there is no normalization where one is absent. */
interface SublayerNorms {
  readonly beforeAttention?: string;
  readonly afterAttention?: string;
  readonly beforeFeedForward?: string;
  readonly afterFeedForward?: string;
}

const LLAMA_NORMS: SublayerNorms = {
  beforeAttention: 'input_layernorm',
  beforeFeedForward: 'post_attention_layernorm',
};

interface Quirks {
  /** those of Llama by default */
  readonly norms?: SublayerNorms;
  /** whether queries and keys are normalized before rotary embedding, and whether each head or the whole row is */
  readonly queryKeyNorms?: 'heads' | 'rows';
  /** the modules that contain queries, keys and values, or gate and up, if each of them is one tensor */
  readonly mergedProjections?: { readonly attention: string; readonly feedForward: string };
}

/** Returns the descriptor of a family of gated decoders. */
export function gatedDecoder(family: GatedDecoder): ModelFamily {
  const { architecture, tensors: names, huggingFace, gguf, quirks = {} } = family;
  return {
    architecture,
    tensors: names,
    huggingFace: decoderHuggingFace(huggingFace),
    gguf: gguf && decoderGguf(gguf),
    build(config, tensors) {
      const b = new ProgramBuilder(tensors, kvGroupsOf(config));
      const ropes = ropesOf(config);
      const { embedding, logits } = multipliersOf(config);
      let x = b.embed('model.embed_tokens.weight', 'token', config.vocabSize, config.hiddenSize);
      x = b.scale('x', x, embedding);
      for (let layer = 0; layer < config.layers; layer++) {
        x = b.scope(`layers.${layer}`, () => block(b, config, ropes[layer]!, quirks, layer, x));
      }
      x = b.gatherRows(x);
      x = b.rmsNorm(x, 'model.norm.weight', config.normEpsilon);
      x = b.scale('norm.scaled', x, logits); // fewer elements than the logits
      const head = config.tiedEmbeddings ? 'model.embed_tokens' : 'lm_head';
      const scores = b.linear('logits', x, head, config.vocabSize);
      return b.select(b.softCap('logits.capped', scores, config.softCaps?.logits));
    },
  };
}

const multipliersOf = ({ multipliers }: ModelConfig): Multipliers =>
  multipliers ?? { embedding: 1, residual: 1, logits: 1 };

// Returns the rotary embedding of each layer.
function ropesOf(config: ModelConfig): readonly RopeConfig[] {
  const { layers, slidingWindow, rope, windowRope = rope } = config;
  if (rope !== undefined && windowRope !== undefined)
    return Array.from({ length: layers }, (_, layer) =>
      slidingWindow?.layers[layer] === true ? windowRope : rope,
    );
  throw new QuireError(
    'unsupported_config',
    `the ${config.architecture} model has no rotary embedding`,
    'check the config: it must contain the base of the rotary frequencies',
  );
}

function block(
  b: ProgramBuilder,
  config: ModelConfig,
  rope: RopeConfig,
  quirks: Quirks,
  layer: number,
  x: ValueId,
): ValueId {
  const path = `model.layers.${layer}`;
  const { norms = LLAMA_NORMS } = quirks;
  const { residual } = multipliersOf(config);
  const normalize = (value: ValueId, module: string | undefined): ValueId =>
    module === undefined ? value : b.rmsNorm(value, `${path}.${module}.weight`, config.normEpsilon);
  const h = normalize(x, norms.beforeAttention);
  const attended = normalize(attention(b, config, rope, quirks, layer, h), norms.afterAttention);
  const a = b.add('x', x, b.scale('o.scaled', attended, residual));
  const n = normalize(a, norms.beforeFeedForward);
  const fed = normalize(feedForward(b, config, quirks, `${path}.mlp`, n), norms.afterFeedForward);
  return b.add('x', a, b.scale('down.scaled', fed, residual));
}

function attention(
  b: ProgramBuilder,
  config: ModelConfig,
  rope: RopeConfig,
  { queryKeyNorms, mergedProjections }: Quirks,
  layer: number,
  h: ValueId,
): ValueId {
  const {
    hiddenSize,
    heads,
    kvHeads,
    headDim,
    normEpsilon,
    ropeLayers,
    attentionScale = headDim ** -0.5,
    softCaps,
  } = config;
  const path = `model.layers.${layer}.self_attn`;
  const widths = { q: heads * headDim, k: kvHeads * headDim, v: kvHeads * headDim };
  const project = projector(b, h, path, mergedProjections?.attention, widths);
  const q = project('q');
  const k = project('k');
  const v = project('v');
  const normalize = (name: 'q' | 'k', projected: ValueId): ValueId => {
    if (queryKeyNorms === undefined) return projected;
    const size = queryKeyNorms === 'heads' ? headDim : undefined;
    return b.rmsNorm(projected, `${path}.${name}_norm.weight`, normEpsilon, `${name}.norm`, size);
  };
  const rotate = (name: 'q' | 'k', projected: ValueId, count: number): ValueId => {
    const input = normalize(name, projected);
    if (ropeLayers?.[layer] === false) return input;
    return b.rope(`${name}.rope`, input, count, headDim, rope);
  };
  const attended = b.attention(rotate('q', q, heads), rotate('k', k, kvHeads), v, {
    ...groupOfLayer(b.kvGroups, layer),
    heads,
    kvHeads,
    headDim,
    scale: attentionScale,
    softCap: softCaps?.attention,
  });
  return b.linear('o', attended, `${path}.o_proj`, hiddenSize);
}

function feedForward(
  b: ProgramBuilder,
  { activation, ffnSize, hiddenSize }: ModelConfig,
  { mergedProjections }: Quirks,
  path: string,
  n: ValueId,
): ValueId {
  const widths = { gate: ffnSize, up: ffnSize };
  const project = projector(b, n, path, mergedProjections?.feedForward, widths);
  const gate = b.activation(activation, project('gate'));
  const up = project('up');
  return b.linear('down', b.mul('gated', gate, up), `${path}.down_proj`, hiddenSize);
}

/**
 * Returns a function that adds one of the linear layers with the input `x`.
 * @param merged the module that contains their weights in the order of `widths`; if undefined, each has its own module
 */
function projector<Name extends string>(
  b: ProgramBuilder,
  x: ValueId,
  path: string,
  merged: string | undefined,
  widths: Readonly<Record<Name, number>>,
): (name: Name) => ValueId {
  const names = Object.keys(widths) as Name[];
  const rowsOf = (some: readonly Name[]): number => some.reduce((sum, name) => sum + widths[name], 0);
  return (name) =>
    merged === undefined
      ? b.linear(name, x, `${path}.${name}_proj`, widths[name])
      : b.linear(name, x, `${path}.${merged}`, widths[name], {
          rows: rowsOf(names),
          rowOffset: rowsOf(names.slice(0, names.indexOf(name))),
        });
}
