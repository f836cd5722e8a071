// From a reference to something that can run: the file opened and checked, its program built and lowered
// for the backend, its weights stored once. Several engines may share a loaded model.

import type { ModelConfig, ModelFile } from '../base/model-file.ts';
import { checkChoice } from '../base/option-names.ts';
import { openModelFile } from '../formats/node/open-model.ts';
import type { Backend, BackendName, LoadedWeights } from '../kernels/backend.ts';
import { referenceBackend } from '../kernels/reference/node/reference-backend.ts';
import { buildProgram } from '../models/registry.ts';
import { lower, type Target } from '../program/lower.ts';
import type { Program } from '../program/program.ts';
import { type ChatTemplate, createChatTemplate } from '../text/chat-template.ts';
import { createTokenizer, type Tokenizer } from '../text/tokenizer.ts';
import { modelPath } from './model-reference.ts';

export interface LoadModelOptions {
  /** a path, or `embedded` (the default) */
  readonly model?: string;
  /** only `reference` exists so far */
  readonly backend?: BackendName;
  /** `int8` quantizes activations before quantized weights, as the fast backends do; `float` is the default */
  readonly activations?: Target['activations'];
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export interface LoadedModel {
  readonly reference: string;
  readonly config: ModelConfig;
  readonly generation: ModelFile['generation'];
  readonly tokenizer: Tokenizer;
  /** absent where the checkpoint brings none */
  readonly template: ChatTemplate | undefined;
  readonly backend: Backend;
  readonly program: Program;
  readonly weights: LoadedWeights;
  /** numbers in all tensors that the program uses */
  readonly parameters: number;
}

/** Opens, checks and stores a model. Raises the errors of `formats`, `text` and `models` before any weight is read. */
export async function loadModel(options: LoadModelOptions = {}): Promise<LoadedModel> {
  const reference = options.model ?? 'embedded';
  const activations = options.activations ?? 'float';
  checkChoice('backend', options.backend ?? 'reference', ['reference']);
  checkChoice('activations', activations, ['float', 'int8']);
  const backend = referenceBackend({ activations });
  const file = await openModelFile(modelPath(reference));
  try {
    const tokenizer = createTokenizer(file.tokenizer);
    const { chatTemplate } = file.tokenizer;
    const template = chatTemplate === undefined ? undefined : createChatTemplate(chatTemplate, tokenizer);
    const program = lower(buildProgram(file.config, file.tensors), backend.target);
    const weights = await backend.loadWeights(program.weights, weightSource(file), options.onProgress);
    const parameters = countParameters(program, file);
    const { config, generation } = file;
    return { reference, config, generation, tokenizer, template, backend, program, weights, parameters };
  } finally {
    await file.close();
  }
}

function weightSource(file: ModelFile): {
  byteLength(name: string): number;
  readInto: ModelFile['readInto'];
} {
  return {
    byteLength: (name) => file.tensors.get(name)!.byteLength,
    readInto: (name, target) => file.readInto(name, target),
  };
}

export function countParameters(program: Program, file: ModelFile): number {
  const used = new Set(program.weights.map(({ tensor }) => tensor));
  let parameters = 0;
  for (const name of used)
    parameters += file.tensors.get(name)!.shape.reduce((product, size) => product * size, 1);
  return parameters;
}
