// The parts of a configuration that only some families of gated decoders have.

import type { ModelConfig } from '../base/model/model-file.ts';

export type DecoderExtension = Pick<
  ModelConfig,
  'windowRope' | 'ropeLayers' | 'attentionScale' | 'multipliers' | 'softCaps'
>;

/** The sizes on which an extension may depend. */
export type DecoderShape = Pick<ModelConfig, 'layers' | 'hiddenSize'>;
