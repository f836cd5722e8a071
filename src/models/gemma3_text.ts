// Gemma 3 (270M to 27B), text only, from checkpoints without images: every sixth layer attends to all tokens, the others have a
// sliding window and a rotary embedding with a smaller base. Each head of queries and keys is normalized.

import type { TensorNames } from '../formats/family-format.ts';
import { readRopeByLayerType } from '../formats/hugging-face/rope.ts';
import type { ModelFamily } from './family.ts';
import { gatedDecoder } from './gated-decoder.ts';
import type { DecoderGguf } from './gated-decoder-gguf.ts';
import { QUERY_KEY_NORMS } from './gated-decoder-tensors.ts';
import {
  GEMMA_ACTIVATION,
  GEMMA_DEFAULTS,
  GEMMA_NORMS,
  GEMMA_TENSORS,
  gemmaMultipliers,
  NO_SOFT_CAPS,
  readGemmaWindow,
  readSoftCaps,
} from './gemma-decoder.ts';

/** All layers except every sixth have a window. */
export const WINDOW_PATTERN = 6;

/** The base of the rotary embedding of the layers with a window. */
export const WINDOW_THETA = 10_000;

const { derivedTensors, canonicalName } = GEMMA_TENSORS;

const TENSORS: TensorNames = {
  ...GEMMA_TENSORS,
  layer: { ...GEMMA_TENSORS.layer, ...QUERY_KEY_NORMS },
  // Checkpoints that also read images have an additional prefix, and tensors that are not needed for text.
  canonicalName: (name) => canonicalName(name.replace(/^(?:model\.)?language_model\.(?:model\.)?/, '')),
  derivedTensors: {
    ...derivedTensors,
    huggingFace: /rotary_emb\.inv_freq$|^(?:model\.)?(?:vision_tower|multi_modal_projector)\./,
  },
};

/** Returns the descriptor of one of the architectures of Gemma 3. */
export const gemma3Decoder = (architecture: string, gguf: DecoderGguf | undefined): ModelFamily =>
  gatedDecoder({
    architecture,
    tensors: TENSORS,
    huggingFace: {
      defaults: { ...GEMMA_DEFAULTS, vocabSize: 262_208, contextLength: 131_072 },
      requiredValues: {
        attn_logit_softcapping: null, // transformers ignores it
        use_bidirectional_attention: false,
      },
      activation: GEMMA_ACTIVATION,
      readRope: readRopeByLayerType({ full: 1_000_000, window: WINDOW_THETA }),
      readWindow: readGemmaWindow((reader) => reader.size('sliding_window_pattern', WINDOW_PATTERN)),
      readExtension: (reader, shape) => ({
        attentionScale: reader.positiveNumber('query_pre_attn_scalar', 256) ** -0.5,
        multipliers: gemmaMultipliers(shape),
        softCaps: readSoftCaps(reader, NO_SOFT_CAPS),
      }),
    },
    gguf,
    quirks: { norms: GEMMA_NORMS, queryKeyNorms: 'heads' },
  });

export const gemma3Text = gemma3Decoder('gemma3_text', undefined);
