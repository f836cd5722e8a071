// Llama 1 to 3.x, and models with the same architecture: TinyLlama, SmolLM2, the DeepSeek-R1 distillations of Llama.
// GGUF files of Mistral models also have this architecture; their sliding window applies to all layers.

import { gatedDecoder } from './gated-decoder.ts';
import { LLAMA_DEFAULTS, LLAMA_REQUIRED_VALUES } from './gated-decoder-hugging-face.ts';
import { GATED_DECODER_TENSORS } from './gated-decoder-tensors.ts';

export const llama = gatedDecoder({
  architecture: 'llama',
  tensors: GATED_DECODER_TENSORS,
  huggingFace: {
    defaults: { ...LLAMA_DEFAULTS, vocabSize: 32_000, ffnSize: 11_008, contextLength: 2048 },
    requiredValues: LLAMA_REQUIRED_VALUES,
    readWindow: undefined,
  },
  gguf: { architecture: 'llama', ropeLayout: 'interleaved', isWindowLayer: () => true },
});
