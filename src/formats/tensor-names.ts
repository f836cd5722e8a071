// The tensors that a family has, under GGUF's names and under those of its Hugging Face checkpoint, to which
// every format is translated. A tensor that has no place in the family is refused by name, because leaving it
// out would change what the model computes.

import { QuireError } from '../base/errors.ts';

interface NameTable {
  /** stems outside the layers */
  readonly whole: Readonly<Record<string, string>>;
  /** stems inside `blk.N.` */
  readonly layer: Readonly<Record<string, string>>;
  /** what a layer's stems begin with, before the number */
  readonly layerPrefix: string;
  /** tables that can be derived from the config */
  readonly ignored: readonly string[];
}

const LLAMA: NameTable = {
  whole: { token_embd: 'model.embed_tokens', output_norm: 'model.norm', output: 'lm_head' },
  layer: {
    attn_norm: 'input_layernorm',
    attn_q: 'self_attn.q_proj',
    attn_k: 'self_attn.k_proj',
    attn_v: 'self_attn.v_proj',
    attn_output: 'self_attn.o_proj',
    ffn_norm: 'post_attention_layernorm',
    ffn_gate: 'mlp.gate_proj',
    ffn_up: 'mlp.up_proj',
    ffn_down: 'mlp.down_proj',
  },
  layerPrefix: 'model.layers.',
  // rope_freqs is read with the config
  ignored: ['attn_rot_embd', 'rope_freqs'],
};

const QWEN3: NameTable = {
  ...LLAMA,
  layer: { ...LLAMA.layer, attn_q_norm: 'self_attn.q_norm', attn_k_norm: 'self_attn.k_norm' },
};

const GPT2: NameTable = {
  whole: { token_embd: 'wte', position_embd: 'wpe', output_norm: 'ln_f', output: 'lm_head' },
  layer: {
    attn_norm: 'ln_1',
    attn_qkv: 'attn.c_attn',
    attn_output: 'attn.c_proj',
    ffn_norm: 'ln_2',
    ffn_up: 'mlp.c_fc',
    ffn_down: 'mlp.c_proj',
  },
  layerPrefix: 'h.',
  ignored: [],
};

const TABLES: Readonly<Record<string, NameTable>> = {
  llama: LLAMA,
  mistral: LLAMA,
  qwen2: LLAMA,
  qwen3: QWEN3,
  gpt2: GPT2,
};

const PATTERN = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/;

/**
 * The checkpoint name of a GGUF tensor; undefined when it is not needed.
 * Throws `unsupported_config` for one that has no place in the family.
 */
export function translateGgufName(source: string, architecture: string, name: string): string | undefined {
  const table = TABLES[architecture];
  const [, layer, stem = '', kind] = PATTERN.exec(name) ?? [];
  if (table?.ignored.includes(stem)) return undefined;
  const stems = layer === undefined ? table?.whole : table?.layer;
  const translated = stems && Object.hasOwn(stems, stem) ? stems[stem] : undefined;
  if (table === undefined || translated === undefined) throw noPlace(source, architecture, name);
  const prefix = layer === undefined ? '' : `${table.layerPrefix}${Number(layer)}.`;
  return `${prefix}${translated}.${kind}`;
}

/** Whether the family has a tensor of this checkpoint name. */
export function hasPlace(architecture: string, name: string): boolean {
  const table = TABLES[architecture];
  const [, stem = ''] = /^(.+)\.(?:weight|bias)$/.exec(name) ?? [];
  if (table === undefined) return false;
  if (!stem.startsWith(table.layerPrefix)) return Object.values(table.whole).includes(stem);
  const [, inLayer = ''] = /^\d+\.(.+)$/.exec(stem.slice(table.layerPrefix.length)) ?? [];
  return Object.values(table.layer).includes(inLayer);
}

/** The refusal of a tensor that the family does not have. */
export function noPlace(source: string, architecture: string, name: string): QuireError {
  const what = `${source}: tensor ${name} is not supported in a model of architecture ${architecture}`;
  const hint = 'use a model of the plain architecture';
  return new QuireError('unsupported_config', what, hint);
}
