// The native backend: implements the backend interface with the compiled kernels. Weights are packed once into the layout
// that the kernels read. A step is one call, whose promise settles when the kernel threads have finished; it does not need a
// JavaScript worker.

import { availableParallelism } from 'node:os';
import { QuireError } from '../../../base/errors.ts';
import { checkInteger, checkOptionNames } from '../../../base/option-names.ts';
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
import type { ExecutableCalls, WeightCalls } from '../../compiled/compiled-calls.ts';
import { compiledError } from '../../compiled/compiled-error.ts';
import { CompiledExecutable, executableValues } from '../../compiled/compiled-executable.ts';
import { CompiledWeights } from '../../compiled/compiled-weights.ts';
import { tapeWords } from '../../compiled/tape-words.ts';
import { type LoadOptions, loadWithReads } from '../../compiled/weight-loader.ts';
import { type Limits, limitsOf } from '../../limits.ts';
import type { NamedBackend } from '../../named-backend.ts';
import type { Addon, NativeWeights } from './addon.ts';
import { filesOf, loadFromFiles } from './file-weight-loader.ts';
import { findKernels, unavailableReason } from './find-addon.ts';

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
  return limitsOf(await measure(addon, instructionSet, threads), threads);
}

async function measure(addon: Addon, instructionSet: string, threads: number): Promise<Float64Array> {
  try {
    return await addon.measureLimits(instructionSet, threads);
  } catch (error) {
    throw compiledError(error, 'native');
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
    loadAdapter: (_model, weights, source) =>
      loadWeights(addon, instructionSet, weights, source, {
        threads,
        onProgress: undefined,
        signal: undefined,
      }),
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
    'install the optional dependencies of quire-llm (npm install --include=optional), or compile the kernels in a checkout (npm run build, requires a C++20 compiler), or use the wasm backend',
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

class PackedWeights extends CompiledWeights<NativeWeights> {}

function packedWeights(weights: LoadedWeights): PackedWeights {
  if (weights instanceof PackedWeights) return weights;
  throw new TypeError('the weights were loaded by another backend');
}

async function loadWeights(
  addon: Addon,
  instructionSet: string,
  weights: readonly Weight[],
  source: WeightSource,
  options: LoadOptions & { readonly threads: number },
): Promise<LoadedWeights> {
  const native = addon.createWeights(instructionSet);
  try {
    const files = filesOf(weights, source);
    const handles =
      files === undefined
        ? await loadWithReads(weightCalls(addon, native, options.threads), weights, source, options)
        : await loadFromFiles(addon, native, weights, { ...source, files }, options);
    const { totalBytes: bytes } = tensorsOf(weights, source);
    const free = (): void => addon.disposeWeights(native);
    return new PackedWeights({ backend: 'native', bytes, memory: native }, handles, free);
  } catch (error) {
    addon.disposeWeights(native);
    throw options.signal?.aborted === true ? options.signal.reason : compiledError(error, 'native');
  }
}

const weightCalls = (addon: Addon, native: NativeWeights, threads: number): WeightCalls => ({
  allocateBuffer: (bytes) => new Uint8Array(bytes),
  addMatrix: (...args) => addon.addMatrix(native, ...args),
  addVector: (...args) => addon.addVector(native, ...args),
  pack: (matrix, bytes, row) => addon.pack(native, matrix, bytes, threads, row),
});

function createExecutable(addon: Addon, threads: number, request: ExecutableRequest): Executable {
  const { tape } = request;
  const weights = packedWeights(request.weights);
  try {
    const words = tapeWords(tape, weights.handlesFor(tape.weights));
    const native = addon.createExecutable(weights.memory, words, executableValues(request, threads));
    const calls: ExecutableCalls<NativeWeights> = {
      setAdapter: (...args) => addon.setAdapter(native, ...args),
      removeAdapter: (slot) => addon.removeAdapter(native, slot),
      step: (...args) => addon.step(native, ...args),
      profile: (isEnabled) => addon.profile(native, isEnabled ? 1 : 0),
      readBlock: async (...args) => addon.readBlock(native, ...args),
      writeBlock: async (...args) => addon.writeBlock(native, ...args),
      dispose: () => addon.disposeExecutable(native),
    };
    return new CompiledExecutable(calls, packedWeights, threads, 'native');
  } catch (error) {
    throw compiledError(error, 'native');
  }
}
