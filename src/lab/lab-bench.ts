// The environment of an experiment: the model under test, engines with any options, a small synthetic model for long
// contexts, and the callbacks for progress, terminal output and interruption.

import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { abortError, asQuireError, QuireError } from '../base/errors.ts';
import { Engine, type EngineOptions } from '../engine/engine.ts';
import type { LoadedModel } from '../engine/load-model.ts';
import type { BackendName } from '../engine/node/choose-backend.ts';
import { loadModel } from '../engine/node/load-model.ts';
import { writeGguf } from '../formats/node/write-gguf.ts';
import type { Limits } from '../kernels/limits.ts';
import { measureLimits, nativeUnavailable } from '../kernels/native/node/native-backend.ts';
import { fillTensor } from '../models/synthetic/fill-tensor.ts';
import type { PublicModel } from '../models/synthetic/public-models.ts';
import { RandomBlocks } from '../models/synthetic/random-blocks.ts';
import { createSyntheticModel } from '../models/synthetic/synthetic-model.ts';
import type { BilingualText } from './text.ts';

export interface BenchOptions {
  /** `embedded` by default */
  readonly model?: string | undefined;
  readonly offline?: boolean | undefined;
  readonly backend?: BackendName | undefined;
  readonly threads?: number | undefined;
  /** how often each duration is measured; 5 by default */
  readonly repetitions?: number | undefined;
  /** text lengths in tokens, for experiments that vary the length */
  readonly lengths?: readonly number[] | undefined;
  /** whether to use small sizes, which show only that everything works */
  readonly quick?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** prints the trace of an experiment */
  readonly print?: ((line: BilingualText | string) => void) | undefined;
}

/** Options of one model that replace those of the bench. */
export interface ModelChoice {
  readonly model?: string;
  readonly backend?: BackendName;
  readonly instructionSet?: string;
  readonly fuse?: boolean;
}

/** A small Llama with grouped heads, random weights and a context of 8,192 tokens. */
export const SMALL_LLAMA: PublicModel = {
  name: 'Small-Llama-8K',
  architecture: 'llama',
  vocabulary: 'byte-level',
  vocabSize: 1024,
  hiddenSize: 256,
  layers: 4,
  heads: 8,
  kvHeads: 2,
  headDim: 32,
  ffnSize: 704,
  contextLength: 8192,
  normEpsilon: 1e-5,
  ropeTheta: 500_000,
  tiedEmbeddings: true,
};

export class LabBench implements AsyncDisposable {
  readonly model: string;
  readonly repetitions: number;
  readonly lengths: readonly number[] | undefined;
  readonly quick: boolean;
  readonly threads: number;
  readonly print: (line: BilingualText | string) => void;
  readonly #options: BenchOptions;
  readonly #models = new Map<string, Promise<LoadedModel>>();
  readonly #engines = new Set<Engine>();
  #folder: Promise<string> | undefined;
  #smallLlama: Promise<string> | undefined;
  #limits: Promise<Limits> | undefined;

  constructor(options: BenchOptions = {}) {
    const { model = 'embedded', repetitions = 5, lengths, quick = false, print = () => {} } = options;
    if (!Number.isInteger(repetitions) || repetitions < 1 || repetitions > 1000)
      throw new QuireError(
        'bad_option',
        `repetitions must be a whole number from 1 to 1000, got ${repetitions}`,
        'use a number such as --repetitions 5',
      );
    if (options.backend === 'reference' && options.threads !== undefined)
      throw new QuireError(
        'bad_option',
        `threads cannot be set for the reference backend, got ${options.threads}`,
        'omit --threads: the reference backend has one thread',
      );
    this.#options = options;
    this.model = model;
    this.repetitions = quick ? Math.min(2, repetitions) : repetitions;
    this.lengths = lengths;
    this.quick = quick;
    this.threads = options.threads ?? availableParallelism();
    this.print = print;
    // An answer may take minutes, so an interruption disposes of the engines.
    const onAbort = (): void => {
      this.#disposeEngines().catch((error: unknown) => print(asQuireError(error).fullLine));
    };
    options.signal?.addEventListener('abort', onAbort, { once: true });
  }

  /** Returns the signal that is aborted when the experiment must end. */
  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  /** Throws the abort reason if the experiment must end. Called between measurements. */
  throwIfAborted(): void {
    if (this.#options.signal?.aborted === true) throw abortError(this.#options.signal);
  }

  /** Reports progress. Throws the abort reason if the experiment must end. */
  progress(done: number, total: number): void {
    this.throwIfAborted();
    this.#options.onProgress?.(done, total);
  }

  /** Returns `quick` in quick mode, otherwise `full`. */
  fullOrQuick<T>(full: T, quick: T): T {
    return this.quick ? quick : full;
  }

  /** Returns a model, which is loaded once and shared by all engines. */
  load(choice: ModelChoice = {}): Promise<LoadedModel> {
    const { model = this.model, ...others } = choice;
    const key = keyOf(model, others);
    const cached = this.#models.get(key);
    if (cached !== undefined) return cached;
    const { offline, threads } = this.#options;
    const backend = choice.backend ?? this.#options.backend;
    const threadOption = backend === 'reference' ? {} : { threads };
    const options = { ...others, model, offline, backend, ...threadOption };
    const definedOptions = Object.entries(options).filter(([, value]) => value !== undefined);
    const loading = loadModel(Object.fromEntries(definedOptions));
    this.#models.set(key, loading);
    loading.catch(() => this.#models.delete(key));
    return loading;
  }

  /** Creates an engine. `clear` disposes of it, unless the experiment has disposed of it. */
  async engine(options: EngineOptions = {}, choice: ModelChoice = {}): Promise<Engine> {
    this.throwIfAborted();
    const engine = await Engine.create(await this.load(choice), options);
    this.#engines.add(engine);
    return engine;
  }

  /** Returns the path of a model file with the sizes of {@link SMALL_LLAMA}, in Q8_0. */
  smallLlama(): Promise<string> {
    this.#smallLlama ??= this.#write(SMALL_LLAMA);
    return this.#smallLlama;
  }

  async #write(model: PublicModel): Promise<string> {
    const path = join(await this.folder(), `${model.name}.gguf`);
    await writeGguf(path, { ...createSyntheticModel(model, 'Q8_0'), fill: fillTensor(new RandomBlocks(1)) });
    return path;
  }

  /** Returns a temporary folder, which is removed when the bench is disposed of. */
  folder(): Promise<string> {
    this.#folder ??= mkdtemp(join(tmpdir(), 'quire-lab-'));
    return this.#folder;
  }

  /** Returns the limits of the machine, measured once in about two seconds; undefined without the native kernels. */
  async limits(): Promise<Limits | undefined> {
    if (nativeUnavailable() !== undefined) return undefined;
    this.#limits ??= measureLimits({ threads: this.threads });
    return this.#limits;
  }

  /** Disposes of the engines of an experiment, and of all models except the model under test. */
  async clear(): Promise<void> {
    await this.#disposeEngines();
    for (const [key, loading] of this.#models) {
      if (key === keyOf(this.model, {})) continue;
      this.#models.delete(key);
      (await loading).dispose();
    }
  }

  async #disposeEngines(): Promise<void> {
    for (const engine of this.#engines) await engine.dispose();
    this.#engines.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disposeEngines();
    for (const loading of this.#models.values()) (await loading).dispose();
    this.#models.clear();
    if (this.#folder !== undefined) await rm(await this.#folder, { recursive: true, force: true });
  }
}

const keyOf = (model: string, others: Omit<ModelChoice, 'model'>): string => JSON.stringify([model, others]);
