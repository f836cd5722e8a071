// Mistral 7B (Jiang et al. 2023) and its successors: Llama with a sliding window over all layers in the first
// version, none since. GGUF files call it llama.

import { gatedDecoder } from './gated-decoder.ts';

export const mistral = gatedDecoder('mistral');
