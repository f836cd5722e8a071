// Activation functions by their names in a config.json.

import type { ActivationName } from '../../base/model/model-file.ts';

export const HUGGING_FACE_ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
};
