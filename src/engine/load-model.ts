// From a reference to something that can run: the file opened and checked, its program built and lowered
// for the backend, its weights stored once. Several engines may share a loaded model.

import type { ModelConfig, ModelFile, TensorInfo } from '../base/model/model-file.ts';
import type { Backend, LoadedWeights, WeightSource } from '../kernels/backend.ts';
import { buildProgram } from '../models/registry.ts';
import { fuse } from '../program/fuse.ts';
import { lower } from '../program/lower.ts';
import type { Program } from '../program/program.ts';
import { type ChatTemplate, createChatTemplate } from '../text/chat-template.ts';
import { createTokenizer, type Tokenizer } from '../text/tokenizer.ts';
import type { EnginePorts } from './engine-ports.ts';
import { ModelPrint } from './fingerprint.ts';
import { checkMemory } from './memory-fit.ts';
import { guarded } from './observers.ts';

export interface ModelOptions {
  /** a model of a hub is taken from the cache, and nothing is asked of the network */
  readonly offline?: boolean;
  /** false leaves the operations of the program apart, to see what fusing them gives; the bits are the same */
  readonly fuse?: boolean;
  /** told of bytes that are downloaded, with the file they belong to, then of bytes that are loaded */
  readonly onProgress?: (doneBytes: number, totalBytes: number, file?: string) => void;
}

export interface ModelRequest extends ModelOptions {
  /** what `openModel` of the ports knows */
  readonly model: string;
  readonly backend: Backend;
}

/** Engines on it must be disposed of first. */
export interface LoadedModel extends Disposable {
  /** Gives the memory of its weights back. */
  dispose(): void;
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
  /** hexadecimal digits that no other model has */
  readonly print: string;
  /** of the place where it was loaded: engines on it run there */
  readonly ports: EnginePorts;
}

/**
 * Opens, checks and stores a model. Raises the errors of `formats`, `text` and `models`, and `out_of_memory`,
 * before any weight is read.
 * @param kvBytes what keys and values will take, for which the memory must suffice too
 */
export async function loadModelOn(
  ports: EnginePorts,
  request: ModelRequest,
  kvBytes: (config: ModelConfig, program: Program, backend: Backend) => number = () => 0,
): Promise<LoadedModel> {
  const { model: reference, backend, offline } = request;
  const onProgress = guarded('onProgress', request.onProgress, ({ line }) => console.error(line));
  const file = await ports.openModel(reference, { offline, onProgress });
  try {
    const tokenizer = createTokenizer(file.tokenizer);
    const hasTemplate = file.tokenizer.chatTemplates !== undefined;
    const template = hasTemplate ? createChatTemplate(file.tokenizer, tokenizer) : undefined;
    const lowered = lower(buildProgram(file.config, file.tensors), backend.target);
    const program = request.fuse === false ? lowered : fuse(lowered);
    const need = { weightBytes: weightBytes(program, file), kvBytes: kvBytes(file.config, program, backend) };
    checkMemory(reference, need, ports.freeMemory());
    const print = new ModelPrint(ports.createHash, file);
    const source = weightSource(file, print);
    const weights = await backend.loadWeights(program.weights, source, onProgress);
    const parameters = countParameters(program, file);
    const { config, generation } = file;
    return {
      reference,
      config,
      generation,
      tokenizer,
      template,
      backend,
      program,
      weights,
      parameters,
      print: print.digest(),
      ports,
      dispose: () => weights.dispose(),
      [Symbol.dispose]: () => weights.dispose(),
    };
  } finally {
    await file.close();
  }
}

function weightSource(file: ModelFile, print: ModelPrint): WeightSource {
  return {
    byteLength: (name) => file.tensors.get(name)!.byteLength,
    async readInto(name, target, from) {
      await file.readInto(name, target, from);
      print.tensor(file.tensors.get(name)!, target, from);
    },
  };
}

/** Numbers in all tensors that the program uses. */
export function countParameters(program: Program, file: ModelFile): number {
  return usedTensors(program, file).reduce((sum, { shape }) => sum + elements(shape), 0);
}

/** Stored bytes of all tensors that the program uses. */
export function weightBytes(program: Program, file: ModelFile): number {
  return usedTensors(program, file).reduce((sum, { byteLength }) => sum + byteLength, 0);
}

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

function usedTensors(program: Program, file: ModelFile): TensorInfo[] {
  const names = new Set(program.weights.map(({ tensor }) => tensor));
  return [...names].map((name) => file.tensors.get(name)!);
}
