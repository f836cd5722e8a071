// The native backend: the compiled kernels behind the backend interface. Weights are packed once for the processor's
// vectors. A step is one call that settles when the kernel threads have finished, so no JavaScript worker is needed.

import { availableParallelism } from 'node:os';
import { QuireError } from '../../../base/errors.ts';
import { KV_DTYPES } from '../../../base/model/kv-layout.ts';
import { checkOptionNames, integerOption } from '../../../base/option-names.ts';
import type { StepPlan, StepResult } from '../../../base/step/step-plan.ts';
import type { Target } from '../../../program/lower.ts';
import type { Weight } from '../../../program/program.ts';
import {
  type Backend,
  type Executable,
  type ExecutableRequest,
  type LoadedWeights,
  tensorsOf,
  type WeightSource,
} from '../../backend.ts';
import type { Limits } from '../../limits.ts';
import type { NamedBackend } from '../../named-backend.ts';
import { planWords, stepResult } from '../plan-words.ts';
import { tapeWords, type WeightHandle } from '../tape-words.ts';
import { type Addon, loadAddon, type NativeExecutable, type NativeWeights } from './addon.ts';
import { nativeError } from './native-error.ts';
import { keyOf, WeightLoader } from './weight-loader.ts';

export interface NativeOptions {
  /** number of kernel threads; by default one per available processor */
  readonly threads?: number | undefined;
  /** `avx512bf16`, `avx512`, `avx2` or `plain`; by default `QUIRE_ISA`, else the best that the machine supports */
  readonly instructionSet?: string | undefined;
  /** `int8` only: activations are quantized when weights are quantized */
  readonly activations?: Target['activations'] | undefined;
}

/** Returns why the native backend cannot run here; undefined if it can. */
export function nativeUnavailable(): string | undefined {
  const addon = loadAddon();
  return addon instanceof Error ? addon.message : undefined;
}

/** Returns the names of the instruction sets that can run here, best first; none if the kernels are not built. */
export function instructionSets(): readonly string[] {
  const addon = loadAddon();
  return addon instanceof Error ? [] : addon.instructionSets();
}

/** Measures for about two seconds, with the threads and instruction set of a backend with these options. */
export async function measureLimits(options: NativeOptions = {}): Promise<Limits> {
  const addon = addonOrThrow();
  const instructionSet = chosenSet(addon, options.instructionSet ?? process.env.QUIRE_ISA);
  const threads = options.threads ?? availableParallelism();
  const [bandwidth = 0, int8 = 0, f32 = 0, bf16 = 0] = await addon.measureLimits(instructionSet, threads);
  return {
    bandwidthBytesPerSecond: bandwidth,
    int8OpsPerSecond: int8,
    f32FlopsPerSecond: f32,
    bf16FlopsPerSecond: bf16,
    threads,
  };
}

/**
 * Creates the native backend. Throws `backend_unavailable` if the kernels are not built, `bad_option` and
 * `unknown_option`.
 */
export function native(options: NativeOptions = {}): Backend {
  checkOptionNames(options, NATIVE.options, 'native');
  checkActivations(options.activations);
  if (options.threads !== undefined) integerOption('threads', options.threads, 1, 256);
  const addon = addonOrThrow();
  const instructionSet = chosenSet(addon, options.instructionSet ?? process.env.QUIRE_ISA);
  const threads = options.threads ?? availableParallelism();
  return {
    name: 'native',
    target: { activations: 'int8' },
    numerics: instructionSet,
    kvDtype: NATIVE.kvDtype,
    loadWeights: (weights, source, onProgress) =>
      loadWeights(addon, { instructionSet, threads }, weights, source, onProgress),
    createExecutable: async (request) => createExecutable(addon, threads, request),
  };
}

export const NATIVE: NamedBackend<NativeOptions> = {
  create: native,
  options: ['threads', 'instructionSet', 'activations'],
  limits: 'the native backend has threads and instruction sets',
  kvDtype: 'f16',
  unavailable: nativeUnavailable,
};

function checkActivations(activations: Target['activations'] = 'int8'): void {
  if (activations === 'int8') return;
  const hint =
    'leave the option out or set it to int8: the native backend quantizes activations when weights are quantized';
  throw new QuireError('bad_option', `activations is ${activations}`, hint, { option: 'activations' });
}

function addonOrThrow(): Addon {
  const addon = loadAddon();
  if (!(addon instanceof Error)) return addon;
  throw new QuireError(
    'backend_unavailable',
    `the native backend cannot be loaded: ${addon.message}`,
    'compile it in a checkout of Quire (npm run build, needs a C++20 compiler) and set QUIRE_NATIVE to its file, or use the reference backend',
    { cause: addon },
  );
}

function chosenSet(addon: Addon, wanted: string | undefined): string {
  const sets = addon.instructionSets();
  if (wanted === undefined || wanted === '') return sets[0]!;
  if (sets.includes(wanted)) return wanted;
  throw new QuireError(
    'bad_option',
    `this machine does not support the instruction set ${wanted}`,
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
    handlesOf: ReadonlyMap<string, WeightHandle>,
    bytes: number,
  ) {
    this.#addon = addon;
    this.native = native;
    this.#handles = handlesOf;
    this.bytes = bytes;
  }

  /** By weight id of a program that uses these weights. */
  places(weights: readonly Weight[]): WeightHandle[] {
    return weights.map((weight) => this.#handles.get(keyOf(weight))!);
  }

  dispose(): void {
    this.#addon.disposeWeights(this.native);
  }
}

async function loadWeights(
  addon: Addon,
  { instructionSet, threads }: { instructionSet: string; threads: number },
  weights: readonly Weight[],
  source: WeightSource,
  onProgress?: (doneBytes: number, totalBytes: number) => void,
): Promise<LoadedWeights> {
  const { names, totalBytes } = tensorsOf(weights, source);
  const loader = new WeightLoader(addon, addon.createWeights(instructionSet), threads);
  let doneBytes = 0;
  for (const name of names) {
    const slices = weights.filter(({ tensor }) => tensor === name);
    await loader.load(slices, source, (bytes) => {
      doneBytes += bytes;
      onProgress?.(doneBytes, totalBytes);
    });
  }
  return new PackedWeights(addon, loader.native, await loader.handles(), totalBytes);
}

function createExecutable(addon: Addon, threads: number, request: ExecutableRequest): Executable {
  const { tape, weights, layout, blocks, contextLength } = request;
  if (!(weights instanceof PackedWeights)) throw new TypeError('weights of another backend');
  const kvType = KV_DTYPES.indexOf(layout.dtype);
  const options = Int32Array.of(layout.blockSize, contextLength, threads, kvType, ...blocks);
  try {
    const words = tapeWords(tape, weights.places(tape.weights));
    return new NativeExecution(addon, addon.createExecutable(weights.native, words, options));
  } catch (error) {
    throw nativeError(error);
  }
}

class NativeExecution implements Executable {
  readonly #addon: Addon;
  readonly #native: NativeExecutable;

  constructor(addon: Addon, native: NativeExecutable) {
    this.#addon = addon;
    this.#native = native;
  }

  async step(plan: StepPlan): Promise<StepResult> {
    const { words, numbers } = planWords(plan);
    try {
      return stepResult(plan, await this.#addon.step(this.#native, words, numbers));
    } catch (error) {
      throw nativeError(error);
    }
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
      // it was already disposed
    }
  }
}
