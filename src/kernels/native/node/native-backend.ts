// The native backend: implements the backend interface with the compiled kernels. Weights are packed once into the layout
// that the kernels read. A step is one call, whose promise settles when the kernel threads have finished; it does not need a
// JavaScript worker.

import { availableParallelism } from 'node:os';
import { QuireError } from '../../../base/errors.ts';
import { KV_DTYPES } from '../../../base/model/kv-layout.ts';
import { checkInteger, checkOptionNames } from '../../../base/option-names.ts';
import type { StepPlan, StepResult } from '../../../base/step/step-plan.ts';
import type { Target } from '../../../program/lower.ts';
import type { Weight } from '../../../program/program.ts';
import {
  type Backend,
  type Executable,
  type ExecutableRequest,
  type LoadedWeights,
  type ThreadTimes,
  tensorsOf,
  type WeightSource,
} from '../../backend.ts';
import type { Limits } from '../../limits.ts';
import type { NamedBackend } from '../../named-backend.ts';
import { planWords, stepResult } from '../plan-words.ts';
import { tapeWords, type WeightHandle } from '../tape-words.ts';
import type { Addon, NativeExecutable, NativeWeights } from './addon.ts';
import { filesOf, loadFromFiles } from './file-weight-loader.ts';
import { findKernels, unavailableReason } from './find-addon.ts';
import { nativeError } from './native-error.ts';
import { type LoadOptions, loadWithReads, weightKey } from './weight-loader.ts';

export interface NativeOptions {
  /** number of kernel threads; by default one per available processor */
  readonly threads?: number | undefined;
  /** `avx512bf16`, `avx512`, `avx2`, `neon` or `plain`; by default `QUIRE_ISA`, or else the fastest that the machine supports */
  readonly instructionSet?: string | undefined;
  /** `int8` only: activations are quantized when weights are quantized */
  readonly activations?: Target['activations'] | undefined;
}

/** Returns the reason why the native backend cannot run on this machine; undefined if it can. */
export const nativeUnavailable = (): string | undefined => unavailableReason(findKernels());

/** Returns the names of the supported instruction sets, the fastest first; an empty list if there are no kernels. */
export const instructionSets = (): readonly string[] => findKernels().addon?.instructionSets() ?? [];

/** Measures the peak rates of the machine for about two seconds, with the threads and the instruction set of `options`. */
export async function measureLimits(options: NativeOptions = {}): Promise<Limits> {
  const addon = requireAddon();
  const instructionSet = chooseInstructionSet(addon, options.instructionSet ?? process.env.QUIRE_ISA);
  const threads = options.threads ?? availableParallelism();
  const [bandwidth = 0, int8 = 0, int16 = 0, f32 = 0, bf16 = 0] = await measure(
    addon,
    instructionSet,
    threads,
  );
  return {
    bandwidthBytesPerSecond: bandwidth,
    int8OpsPerSecond: int8,
    int16OpsPerSecond: int16,
    f32FlopsPerSecond: f32,
    bf16FlopsPerSecond: bf16,
    threads,
  };
}

async function measure(addon: Addon, instructionSet: string, threads: number): Promise<Float64Array> {
  try {
    return await addon.measureLimits(instructionSet, threads);
  } catch (error) {
    throw nativeError(error);
  }
}

/**
 * Creates the native backend. Throws `backend_unavailable` if there are no kernels, `bad_option` and
 * `unknown_option`.
 */
export function native(options: NativeOptions = {}): Backend {
  checkOptionNames(options, NATIVE_BACKEND.options, 'native');
  checkActivations(options.activations);
  if (options.threads !== undefined) checkInteger('threads', options.threads, 1, 256);
  const addon = requireAddon();
  const instructionSet = chooseInstructionSet(addon, options.instructionSet ?? process.env.QUIRE_ISA);
  const threads = options.threads ?? availableParallelism();
  return {
    name: 'native',
    target: { activations: 'int8' },
    numerics: instructionSet,
    kvDtype: NATIVE_BACKEND.kvDtype,
    loadWeights: (weights, source, onProgress, signal) =>
      loadWeights(addon, instructionSet, weights, source, { threads, onProgress, signal }),
    createExecutable: async (request) => createExecutable(addon, threads, request),
  };
}

export const NATIVE_BACKEND: NamedBackend<NativeOptions> = {
  create: native,
  options: ['threads', 'instructionSet', 'activations'],
  limits: 'the native backend has threads and instruction sets',
  kvDtype: 'f16',
  unavailable: nativeUnavailable,
};

function checkActivations(activations: Target['activations'] = 'int8'): void {
  if (activations === 'int8') return;
  const hint =
    'omit the option or set it to int8: the native backend quantizes activations if the weights are quantized';
  throw new QuireError('bad_option', `activations is ${activations}`, hint, { option: 'activations' });
}

function requireAddon(): Addon {
  const { addon } = findKernels();
  if (addon !== undefined) return addon;
  throw new QuireError(
    'backend_unavailable',
    `the native backend cannot be loaded: ${nativeUnavailable()}`,
    'install the optional dependencies of quire-llm (npm install --include=optional), or compile the kernels in a checkout (npm run build, requires a C++20 compiler), or use the reference backend',
  );
}

function chooseInstructionSet(addon: Addon, requested: string | undefined): string {
  const sets = addon.instructionSets();
  if (requested === undefined || requested === '') return sets[0]!;
  if (sets.includes(requested)) return requested;
  throw new QuireError(
    'bad_option',
    `this machine does not support the instruction set ${requested}`,
    `use one of ${sets.join(', ')}`,
  );
}

class PackedWeights implements LoadedWeights {
  readonly backend = 'native';
  readonly native: NativeWeights;
  readonly bytes: number;
  readonly #addon: Addon;
  readonly #handles: ReadonlyMap<string, WeightHandle>;

  constructor(
    addon: Addon,
    native: NativeWeights,
    handles: ReadonlyMap<string, WeightHandle>,
    bytes: number,
  ) {
    this.#addon = addon;
    this.native = native;
    this.#handles = handles;
    this.bytes = bytes;
  }

  /** Returns the handle of each weight of a program. */
  handlesFor(weights: readonly Weight[]): WeightHandle[] {
    return weights.map((weight) => this.#handles.get(weightKey(weight))!);
  }

  dispose(): void {
    this.#addon.disposeWeights(this.native);
  }
}

async function loadWeights(
  addon: Addon,
  instructionSet: string,
  weights: readonly Weight[],
  source: WeightSource,
  options: LoadOptions,
): Promise<LoadedWeights> {
  const native = addon.createWeights(instructionSet);
  try {
    const files = filesOf(weights, source);
    const handles =
      files === undefined
        ? await loadWithReads(addon, native, weights, source, options)
        : await loadFromFiles(addon, native, weights, { ...source, files }, options);
    return new PackedWeights(addon, native, handles, tensorsOf(weights, source).totalBytes);
  } catch (error) {
    addon.disposeWeights(native);
    throw options.signal?.aborted === true ? options.signal.reason : nativeError(error);
  }
}

function createExecutable(addon: Addon, threads: number, request: ExecutableRequest): Executable {
  const { tape, weights, layout, blocks, contextLength } = request;
  if (!(weights instanceof PackedWeights)) throw new TypeError('the weights were loaded by another backend');
  const kvType = KV_DTYPES.indexOf(layout.dtype);
  const options = Int32Array.of(layout.blockSize, contextLength, threads, kvType, ...blocks);
  try {
    const words = tapeWords(tape, weights.handlesFor(tape.weights));
    return new NativeExecution(addon, addon.createExecutable(weights.native, words, options), threads);
  } catch (error) {
    throw nativeError(error);
  }
}

class NativeExecution implements Executable {
  readonly #addon: Addon;
  readonly #native: NativeExecutable;
  readonly #threads: number;

  constructor(addon: Addon, native: NativeExecutable, threads: number) {
    this.#addon = addon;
    this.#native = native;
    this.#threads = threads;
  }

  async step(plan: StepPlan): Promise<StepResult> {
    const { words, doubles } = planWords(plan);
    try {
      return stepResult(plan, await this.#addon.step(this.#native, words, doubles));
    } catch (error) {
      throw nativeError(error);
    }
  }

  async measureTimes(isEnabled: boolean): Promise<readonly ThreadTimes[]> {
    const nanoseconds = await this.#addon.profile(this.#native, isEnabled ? 1 : 0);
    const length = nanoseconds.length / this.#threads;
    return Array.from({ length: this.#threads }, (_, thread) => {
      const times = nanoseconds.slice(thread * length, (thread + 1) * length).map((time) => time / 1e6);
      const [preparingMs = 0, waitingMs = 0] = times.subarray(length - 2);
      return { operationMs: times.subarray(0, length - 2), preparingMs, waitingMs };
    });
  }

  async readBlock(group: number, block: number): Promise<Uint8Array> {
    return this.#addon.readBlock(this.#native, group, block);
  }

  async writeBlock(group: number, block: number, data: Uint8Array): Promise<void> {
    await this.#addon.writeBlock(this.#native, group, block, data);
  }

  async dispose(): Promise<void> {
    try {
      this.#addon.disposeExecutable(this.#native);
    } catch {
      // the executable was already disposed
    }
  }
}
