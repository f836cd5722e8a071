// The native backend: the compiled kernels behind the backend contract. Weights are laid out once for the processor's
// vectors; a step is one call that settles when its threads have done it, so no JavaScript worker is needed.

import { availableParallelism } from 'node:os';
import { byteLength, DTYPES } from '../../../base/dtypes.ts';
import { asQuireError, ERRORS, type ErrorCode, QuireError } from '../../../base/errors.ts';
import type { StepPlan, StepResult } from '../../../base/step-plan.ts';
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
import { planWords, stepResult } from '../plan-words.ts';
import { KV_TYPES, tapeWords, WEIGHT_TYPES, type WeightPlace } from '../tape-words.ts';
import { type Addon, loadAddon, type NativeExecutable, type NativeWeights } from './addon.ts';

export interface NativeOptions {
  /** threads of the kernels; all processors that this process may use by default */
  readonly threads?: number | undefined;
  /** `avx512`, `avx2`, `plain`; the best that the machine has by default, or what `QUIRE_ISA` names */
  readonly instructionSet?: string | undefined;
}

/** Why the native backend cannot run here; undefined where it can. */
export function nativeUnavailable(): string | undefined {
  const addon = loadAddon();
  return addon instanceof Error ? addon.message : undefined;
}

/** Names of the instruction sets that can run here, the best first; none where the kernels are not built. */
export function instructionSets(): readonly string[] {
  const addon = loadAddon();
  return addon instanceof Error ? [] : addon.instructionSets();
}

/** Takes about two seconds, with the same threads and instruction set as a backend of these options. */
export async function measureLimits(options: NativeOptions = {}): Promise<Limits> {
  const addon = addonOrThrow();
  const instructionSet = chosenSet(addon, options.instructionSet ?? process.env.QUIRE_ISA);
  const threads = options.threads ?? availableParallelism();
  const [bandwidth = 0, int8 = 0, f32 = 0] = await addon.measureLimits(instructionSet, threads);
  return {
    bandwidthBytesPerSecond: bandwidth,
    int8OpsPerSecond: int8,
    f32FlopsPerSecond: f32,
    bf16FlopsPerSecond: f32,
    threads,
  };
}

/** Raises `backend_unavailable` where the kernels are not built, and `bad_option`. */
export function nativeBackend(options: NativeOptions = {}): Backend {
  const addon = addonOrThrow();
  const instructionSet = chosenSet(addon, options.instructionSet ?? process.env.QUIRE_ISA);
  const threads = options.threads ?? availableParallelism();
  return {
    name: 'native',
    target: { activations: 'int8' },
    numerics: instructionSet,
    kvDtype: 'f16',
    loadWeights: (weights, source, onProgress) =>
      loadWeights(addon, { instructionSet, threads }, weights, source, onProgress),
    createExecutable: async (request) => createExecutable(addon, threads, request),
  };
}

function addonOrThrow(): Addon {
  const addon = loadAddon();
  if (!(addon instanceof Error)) return addon;
  throw new QuireError(
    'backend_unavailable',
    `the native backend is not there: ${addon.message}`,
    'install a C++20 compiler and set up again, or use the reference backend',
    { cause: addon },
  );
}

function chosenSet(addon: Addon, wanted: string | undefined): string {
  const sets = addon.instructionSets();
  if (wanted === undefined || wanted === '') return sets[0]!;
  if (sets.includes(wanted)) return wanted;
  throw new QuireError(
    'bad_option',
    `the instruction set ${wanted} does not run on this machine`,
    `it has ${sets.join(', ')}`,
  );
}

class PackedWeights implements LoadedWeights {
  readonly backend = 'native';
  readonly native: NativeWeights;
  readonly bytes: number;
  readonly #addon: Addon;
  readonly #places: ReadonlyMap<string, WeightPlace>;

  constructor(addon: Addon, native: NativeWeights, places: ReadonlyMap<string, WeightPlace>, bytes: number) {
    this.#addon = addon;
    this.native = native;
    this.#places = places;
    this.bytes = bytes;
  }

  /** By weight id of a program that uses these weights. */
  places(weights: readonly Weight[]): WeightPlace[] {
    return weights.map((weight) => this.#places.get(keyOf(weight))!);
  }

  dispose(): void {
    this.#addon.disposeWeights(this.native);
  }
}

const keyOf = ({ tensor, rowOffset, rows }: Weight): string => `${rowOffset} ${rows} ${tensor}`;

async function loadWeights(
  addon: Addon,
  { instructionSet, threads }: { instructionSet: string; threads: number },
  weights: readonly Weight[],
  source: WeightSource,
  onProgress?: (doneBytes: number, totalBytes: number) => void,
): Promise<LoadedWeights> {
  const { names, totalBytes } = tensorsOf(weights, source);
  const places = new Map<string, WeightPlace>();
  const native = addon.createWeights(instructionSet);
  let packing: Promise<unknown> = Promise.resolve();
  let doneBytes = 0;
  for (const name of names) {
    const bytes = new Uint8Array(source.byteLength(name));
    await source.readInto(name, bytes); // while the tensor before is being laid out
    await packing;
    const packed: Promise<void>[] = [];
    for (const weight of weights.filter(({ tensor }) => tensor === name)) {
      if (places.has(keyOf(weight))) continue;
      const type = WEIGHT_TYPES.indexOf(weight.dtype);
      const place = addWeight(addon, native, weight, type, bytes);
      places.set(keyOf(weight), place);
      if (place.kind === 'matrix')
        packed.push(addon.pack(native, place.index, rowsOf(weight, bytes), threads));
    }
    packing = Promise.all(packed);
    doneBytes += bytes.byteLength;
    onProgress?.(doneBytes, totalBytes);
  }
  await packing;
  return new PackedWeights(addon, native, places, totalBytes);
}

function addWeight(
  addon: Addon,
  native: NativeWeights,
  weight: Weight,
  type: number,
  bytes: Uint8Array,
): WeightPlace {
  try {
    if (weight.columns > 1)
      return { kind: 'matrix', index: addon.addMatrix(native, type, weight.rows, weight.columns) };
    const first = byteLength(DTYPES[weight.dtype], weight.rowOffset);
    return { kind: 'vector', index: addon.addVector(native, type, bytes.subarray(first), weight.rows) };
  } catch (error) {
    throw nativeError(error);
  }
}

// The stored rows of a weight.
function rowsOf({ dtype, columns, rowOffset, rows }: Weight, bytes: Uint8Array): Uint8Array {
  const rowBytes = byteLength(DTYPES[dtype], columns);
  return bytes.subarray(rowOffset * rowBytes, (rowOffset + rows) * rowBytes);
}

function createExecutable(addon: Addon, threads: number, request: ExecutableRequest): Executable {
  const { tape, weights, layout, blocks, contextLength } = request;
  if (!(weights instanceof PackedWeights)) throw new TypeError('weights of another backend');
  const options = Int32Array.of(
    ...[blocks, layout.blockSize, contextLength, threads, KV_TYPES.indexOf(layout.dtype)],
  );
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
      // it was disposed before
    }
  }
}

// The addon's errors carry codes of the catalogue where a caller can do something about them.
function nativeError(error: unknown): QuireError {
  const code = (error as { code?: unknown }).code;
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'out_of_memory')
    return new QuireError('out_of_memory', message, 'close other programs, or give less KV memory', {
      cause: error,
    });
  if (code === 'disposed')
    return new QuireError('disposed', 'the engine was disposed', 'load it again', { cause: error });
  if (typeof code === 'string' && code in ERRORS)
    return new QuireError(code as ErrorCode, message, 'this is a fault of Quire: please report it', {
      cause: error,
    });
  return typeof code === 'string'
    ? new QuireError('backend_failed', `the native backend failed: ${message}`, 'load the engine again', {
        cause: error,
      })
    : asQuireError(error);
}
