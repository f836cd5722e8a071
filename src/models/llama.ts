// Llama 1 to 3.x, and what was made in its image: TinyLlama, SmolLM2, the DeepSeek-R1 distillations of Llama.

import { gatedDecoder } from './gated-decoder.ts';

export const llama = gatedDecoder('llama');
