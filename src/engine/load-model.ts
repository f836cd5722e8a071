// Loads a model: opens and checks the file, builds the program of the model, lowers it for the backend, and loads the weights.
// Several engines may share a loaded model.

import type { ModelConfig, ModelFile, TensorInfo } from '../base/model/model-file.ts';
import type { Backend, LoadedWeights, WeightSource } from '../kernels/backend.ts';
import { buildProgram } from '../models/registry.ts';
import { fuse } from '../program/fuse.ts';
import { lower } from '../program/lower.ts';
import type { Program } from '../program/program.ts';
import { type ChatTemplate, createChatTemplate } from '../text/chat-template.ts';
import { createTokenizer, type Tokenizer } from '../text/tokenizer.ts';
import type { EnginePorts } from './engine-ports.ts';
import { ModelHash, samplesOf } from './fingerprint.ts';
import { checkBackendMemory, checkMemory } from './memory-fit.ts';
import { guardCallback } from './observers.ts';

export interface ModelOptions {
  /** read models of a hub only from the cache, without network access */
  readonly offline?: boolean;
  /** false disables the fusion of operations, to measure its effect; the bits are the same */
  readonly fuse?: boolean;
  /** called with the number of downloaded bytes and the name of the file, later with the number of loaded bytes */
  readonly onProgress?: (doneBytes: number, totalBytes: number, file?: string) => void;
}

export interface ModelRequest extends ModelOptions {
  /** a reference that `openModel` of the ports accepts */
  readonly model: string;
  readonly backend: Backend;
}

/** A model in memory. The engines that use the model must be disposed of first. */
export interface LoadedModel extends Disposable {
  /** Frees the memory of the weights. */
  dispose(): void;
  readonly reference: string;
  readonly config: ModelConfig;
  readonly generation: ModelFile['generation'];
  readonly tokenizer: Tokenizer;
  /** chat template; undefined if the model has none */
  readonly template: ChatTemplate | undefined;
  readonly backend: Backend;
  readonly program: Program;
  readonly weights: LoadedWeights;
  /** number of elements of all tensors that the program uses */
  readonly parameters: number;
  /** SHA-256 of config, tokenizer, tensor table and samples of the weights, as hexadecimal digits */
  readonly hash: string;
  /** platform functions with which the model was loaded, and which its engines use */
  readonly ports: EnginePorts;
}

/**
 * Loads a model. Before reading the weights, rejects with the errors of `formats` and `models`, or with `out_of_memory`; while reading them,
 * with the errors of `text`.
 * @param kvBytes returns the bytes of KV memory that will be allocated, which must fit in memory together with the weights, of which it
 * gets the bytes
 */
export async function loadModelOn(
  ports: EnginePorts,
  request: ModelRequest,
  kvBytes: (config: ModelConfig, program: Program, backend: Backend, weightBytes: number) => number = () => 0,
): Promise<LoadedModel> {
  const { model: reference, backend, offline } = request;
  const onProgress = guardCallback('onProgress', request.onProgress, ({ line }) => console.error(line));
  const file = await ports.openModel(reference, { offline, onProgress });
  try {
    const lowered = lower(buildProgram(file.config, file.tensors), backend.target);
    const program = request.fuse === false ? lowered : fuse(lowered);
    const bytes = weightBytes(program, file);
    checkBackendMemory(reference, backend, { weightBytes: bytes, kvBytes: 0 });
    const needs = { weightBytes: bytes, kvBytes: kvBytes(file.config, program, backend, bytes) };
    checkBackendMemory(reference, backend, needs);
    checkMemory(reference, needs, ports.freeMemory());
    const { weights, hash, ...text } = await loadParts(ports, backend, file, program, onProgress);
    const parameters = countParameters(program, file);
    const { config, generation } = file;
    return {
      reference,
      config,
      generation,
      ...text,
      backend,
      program,
      weights,
      parameters,
      hash: hash.digest(),
      ports,
      dispose: () => weights.dispose(),
      [Symbol.dispose]: () => weights.dispose(),
    };
  } finally {
    await file.close();
  }
}

interface LoadedParts {
  readonly weights: LoadedWeights;
  readonly hash: ModelHash;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | undefined;
}

// Threads of the backend load the weights while this thread creates the tokenizer and hashes the vocabulary.
async function loadParts(
  { createHash }: EnginePorts,
  backend: Backend,
  file: ModelFile,
  program: Program,
  onProgress: ModelOptions['onProgress'],
): Promise<LoadedParts> {
  let hash: ModelHash | undefined;
  const modelHash = (): ModelHash => {
    hash ??= new ModelHash(createHash, file);
    return hash;
  };
  const abort = new AbortController();
  const source = weightSource(file, modelHash);
  const loading = backend.loadWeights(program.weights, source, onProgress, abort.signal);
  try {
    modelHash();
    const tokenizer = createTokenizer(file.tokenizer);
    const hasTemplate = file.tokenizer.chatTemplates !== undefined;
    const template = hasTemplate ? createChatTemplate(file.tokenizer, tokenizer) : undefined;
    return { weights: await loading, hash: modelHash(), tokenizer, template };
  } catch (error) {
    abort.abort(error);
    const [result] = await Promise.allSettled([loading]);
    if (result.status === 'fulfilled') result.value.dispose();
    throw error;
  }
}

function weightSource(file: ModelFile, hash: () => ModelHash): WeightSource {
  const tensor = (name: string): TensorInfo => file.tensors.get(name)!;
  return {
    byteLength: (name) => tensor(name).byteLength,
    async readInto(name, target, from) {
      await file.readInto(name, target, from);
      hash().addTensor(tensor(name), target, from);
    },
    files: {
      rangeOf: (name) => file.rangeOf?.(name),
      samplesOf: (name) => samplesOf(tensor(name)),
      addSamples: (name, bytes) => hash().addSamples(tensor(name), bytes),
    },
  };
}

/** Returns the number of elements in all tensors that the program uses. */
export function countParameters(program: Program, file: ModelFile): number {
  return usedTensors(program, file).reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

/** Returns the stored bytes of all tensors that the program uses. */
export function weightBytes(program: Program, file: ModelFile): number {
  return usedTensors(program, file).reduce((sum, { byteLength }) => sum + byteLength, 0);
}

const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

function usedTensors(program: Program, file: ModelFile): TensorInfo[] {
  const names = new Set(program.weights.map(({ tensor }) => tensor));
  return [...names].map((name) => file.tensors.get(name)!);
}
