// Qwen 2 and 2.5, and the DeepSeek-R1 distillations of them: Llama with biases on queries, keys and values,
// which are found by their tensors, and on request a sliding window in the upper layers.

import { gatedDecoder } from './gated-decoder.ts';

export const qwen2 = gatedDecoder('qwen2');
