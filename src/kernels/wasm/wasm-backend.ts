// The WebAssembly backend: the kernels of the native backend, compiled for every platform. Each model has a memory of its own, of at
// most 4 GiB, and threads of its own, which end when the weights are disposed.

import { QuireError } from '../../base/errors.ts';
import { checkChoice, checkInteger, checkOptionNames } from '../../base/option-names.ts';
import type { Target } from '../../program/lower.ts';
import type { Weight } from '../../program/program.ts';
import {
  type Backend,
  type Executable,
  type ExecutableRequest,
  type LoadedWeights,
  tensorsOf,
  type WeightSource,
} from '../backend.ts';
import type { ExecutableCalls, WeightCalls } from '../compiled/compiled-calls.ts';
import { compiledError } from '../compiled/compiled-error.ts';
import { CompiledExecutable, executableValues } from '../compiled/compiled-executable.ts';
import { CompiledWeights } from '../compiled/compiled-weights.ts';
import { tapeWords } from '../compiled/tape-words.ts';
import { type LoadOptions, loadWithReads } from '../compiled/weight-loader.ts';
import { type Limits, limitsOf } from '../limits.ts';
import { relaxedMultiplyAdd } from './relaxed.ts';
import type { WasmAnswers, WasmCall, WasmThread } from './wasm-calls.ts';
import { type CompiledModule, type SharedMemory, webAssembly } from './web-assembly.ts';

/**
 * The instruction sets of WebAssembly. The results of `wasm` are the same on every machine; those of `wasm-relaxed` depend on the
 * processor and the JavaScript engine.
 */
export const WASM_SETS = ['wasm', 'wasm-relaxed'] as const;

export type WasmSet = (typeof WASM_SETS)[number];

export interface WasmOptions {
  /** number of threads; by default one per available processor */
  readonly threads?: number | undefined;
  /** `wasm`, the default, or the faster `wasm-relaxed`, whose results differ between machines */
  readonly instructionSet?: string | undefined;
  /** `int8` only: activations are quantized when weights are quantized */
  readonly activations?: Target['activations'] | undefined;
}

export const WASM_OPTIONS: readonly (keyof WasmOptions)[] = ['threads', 'instructionSet', 'activations'];

/** A thread that answers calls, one at a time, in order. */
export interface WasmPort {
  /** Rejects with a QuireError. */
  call(call: WasmCall): Promise<unknown>;
  /** Ends the thread and rejects pending and later calls with `reason`. */
  end(reason: QuireError): Promise<void>;
}

/** What the module needs from the platform. */
export interface WasmHost {
  readonly defaultThreads: number;
  /** identifies the JavaScript engine and the processor, on which the results of `wasm-relaxed` depend */
  readonly machine: string;
  /** Returns the compiled module. Throws `backend_unavailable`. */
  compile(set: WasmSet): Promise<CompiledModule>;
  /** Starts thread 0, which runs a WasmRunner. */
  startRunner(thread: WasmThread): WasmPort;
  /**
   * Starts another thread, which runs `runLoops`. Returns a function that ends it.
   * @param onFailure is called if the thread ends with an error after it started; without a thread that does not start, the others
   * execute its part of the loops
   */
  startLoops(thread: WasmThread, onFailure: (error: Error) => void): () => Promise<void>;
}

const PAGE_BYTES = 64 * 1024;
const FIRST_PAGES = 256;
const MAX_PAGES = 65_535;

/** the largest memory of the module, in bytes */
const WASM_MEMORY_BYTES = MAX_PAGES * PAGE_BYTES;

/** Creates the backend. Throws `bad_option` and `unknown_option`. */
export function wasmOn(host: WasmHost, options: WasmOptions): Backend {
  checkOptionNames(options, WASM_OPTIONS, 'wasm');
  if (options.activations !== undefined) checkChoice('activations', options.activations, ['int8']);
  const { threads = host.defaultThreads, instructionSet = 'wasm' } = options;
  checkInteger('threads', threads, 1, 256);
  checkChoice('instructionSet', instructionSet, WASM_SETS);
  const set = instructionSet as WasmSet;
  return {
    name: 'wasm',
    target: { activations: 'int8' },
    numerics: set === 'wasm' ? set : relaxedNumerics(host),
    kvDtype: 'f16',
    memoryBytes: WASM_MEMORY_BYTES,
    loadWeights: (weights, source, onProgress, signal) =>
      loadWeights(host, set, threads, weights, source, { onProgress, signal }),
    loadAdapter: (model, weights, source) => loadAdapter(wasmWeights(model).memory.module, weights, source),
    createExecutable: async (request) => createExecutable(request),
  };
}

function relaxedNumerics({ machine }: WasmHost): string {
  const multiplyAdd = relaxedMultiplyAdd();
  if (multiplyAdd !== undefined) return `wasm-relaxed ${multiplyAdd} ${machine}`;
  throw new QuireError(
    'bad_option',
    'this JavaScript engine does not support the instruction set wasm-relaxed',
    'use Node.js 22 or later, or the instruction set wasm',
    { option: 'instructionSet' },
  );
}

/** Measures the peak rates of the machine with WebAssembly for about two seconds. */
export async function measureLimitsOn(host: WasmHost, options: WasmOptions = {}): Promise<Limits> {
  const threads = options.threads ?? host.defaultThreads;
  const { instructionSet = 'wasm' } = options;
  checkChoice('instructionSet', instructionSet, WASM_SETS);
  const memory = await WasmMemory.create(host, instructionSet as WasmSet, threads);
  try {
    return limitsOf(await memory.call({ kind: 'measureLimits' }), threads);
  } finally {
    await memory.end();
  }
}

/** A memory with the threads that use it. */
class WasmMemory {
  readonly memory: SharedMemory;
  readonly threads: number;
  readonly #port: WasmPort;
  readonly #ends: (() => Promise<void>)[] = [];

  private constructor(memory: SharedMemory, threads: number, port: WasmPort) {
    this.memory = memory;
    this.threads = threads;
    this.#port = port;
  }

  static async create(host: WasmHost, set: WasmSet, threads: number): Promise<WasmMemory> {
    const module = await host.compile(set);
    const memory = allocateMemory();
    const port = host.startRunner({ module, memory, thread: 0, threads, stack: 0 });
    const created = new WasmMemory(memory, threads, port);
    try {
      const stacks = await created.call({ kind: 'start' });
      stacks.forEach((stack, i) => {
        const thread = { module, memory, thread: i + 1, threads, stack };
        created.#ends.push(host.startLoops(thread, (error) => created.#endAfter(error)));
      });
      return created;
    } catch (error) {
      await created.end();
      throw error;
    }
  }

  /** Rejects with a QuireError. */
  async call<Call extends WasmCall>(
    call: Call,
  ): Promise<Call['kind'] extends keyof WasmAnswers ? WasmAnswers[Call['kind']] : void> {
    return (await this.#port.call(call)) as never;
  }

  async end(reason = new QuireError('disposed', 'the engine was disposed', 'load it again')): Promise<void> {
    await Promise.all([this.#port.end(reason), ...this.#ends.map((end) => end())]);
  }

  // The units of loops that the thread has claimed are never complete.
  #endAfter(error: Error): void {
    this.end(compiledError(error, 'wasm')).catch(() => undefined);
  }
}

function allocateMemory(): SharedMemory {
  try {
    return new webAssembly.Memory({ initial: FIRST_PAGES, maximum: MAX_PAGES, shared: true });
  } catch (error) {
    throw new QuireError(
      'out_of_memory',
      'there are not enough addresses for a WebAssembly memory of 4 GiB',
      'close other models, or raise the limit of virtual memory (ulimit -v)',
      { cause: error },
    );
  }
}

/** Weights in the memory of a module. */
interface WasmWeightsMemory {
  readonly module: WasmMemory;
  /** number of the weights in the module */
  readonly weights: number;
}

class WasmWeights extends CompiledWeights<WasmWeightsMemory> {}

function wasmWeights(weights: LoadedWeights): WasmWeights {
  if (weights instanceof WasmWeights) return weights;
  throw new TypeError('the weights were loaded by another backend');
}

async function loadWeights(
  host: WasmHost,
  set: WasmSet,
  threads: number,
  weights: readonly Weight[],
  source: WeightSource,
  options: LoadOptions,
): Promise<LoadedWeights> {
  const bytes = tensorsOf(weights, source).totalBytes;
  if (bytes > WASM_MEMORY_BYTES) throw tooLargeError(bytes);
  const module = await WasmMemory.create(host, set, threads);
  const end = (): void => {
    module.end().catch(() => undefined);
  };
  try {
    return await loadInto(module, weights, source, options, end);
  } catch (error) {
    await module.end();
    throw options.signal?.aborted === true ? options.signal.reason : error;
  }
}

/** Loads the weights of an adapter into the memory of its model. */
async function loadAdapter(
  module: WasmMemory,
  weights: readonly Weight[],
  source: WeightSource,
): Promise<LoadedWeights> {
  const options = { onProgress: undefined, signal: undefined };
  return loadInto(module, weights, source, options, (number) => {
    module.call({ kind: 'disposeWeights', weights: number }).catch(() => undefined); // the memory may have ended
  });
}

/** @param free frees the weights, of which it gets the number */
async function loadInto(
  module: WasmMemory,
  weights: readonly Weight[],
  source: WeightSource,
  options: LoadOptions,
  free: (weights: number) => void,
): Promise<LoadedWeights> {
  const number = await module.call({ kind: 'createWeights' });
  const calls = new WasmWeightCalls(module, number);
  try {
    const handles = await loadWithReads(calls, weights, source, options);
    const { totalBytes: bytes } = tensorsOf(weights, source);
    const memory = { module, weights: number };
    return new WasmWeights({ backend: 'wasm', bytes, memory }, handles, () => free(number));
  } catch (error) {
    free(number);
    throw error;
  } finally {
    await module.call({ kind: 'release', addresses: calls.addresses }).catch(() => undefined);
  }
}

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function tooLargeError(bytes: number): QuireError {
  return new QuireError(
    'out_of_memory',
    `the weights have ${gigabytes(bytes)}, and WebAssembly can use ${gigabytes(WASM_MEMORY_BYTES)} of memory for weights, keys and values`,
    'use the native backend (npm install --include=optional), or a file with a smaller type of weights, such as Q4_K',
  );
}

/** Files are read directly into the memory of the module. */
class WasmWeightCalls implements WeightCalls {
  /** of the buffers */
  readonly addresses: number[] = [];
  readonly #memory: WasmMemory;
  readonly #weights: number;

  constructor(memory: WasmMemory, weights: number) {
    this.#memory = memory;
    this.#weights = weights;
  }

  async allocateBuffer(bytes: number): Promise<Uint8Array> {
    const address = await this.#memory.call({ kind: 'allocate', bytes });
    this.addresses.push(address);
    return new Uint8Array(this.#memory.memory.buffer, address, bytes);
  }

  addMatrix(type: number, rows: number, columns: number): Promise<number> {
    return this.#memory.call({ kind: 'addMatrix', weights: this.#weights, type, rows, columns });
  }

  addVector(type: number, bytes: Uint8Array, count: number): Promise<number> {
    return this.#memory.call({
      kind: 'addVector',
      weights: this.#weights,
      type,
      bytes: bytes.slice(),
      count,
    });
  }

  pack(matrix: number, bytes: Uint8Array, row: number): Promise<void> {
    const { byteOffset, byteLength } = bytes; // part of a buffer in the memory
    return this.#memory.call({
      kind: 'pack',
      weights: this.#weights,
      matrix,
      address: byteOffset,
      bytes: byteLength,
      row,
    });
  }
}

async function createExecutable(request: ExecutableRequest): Promise<Executable> {
  const { tape } = request;
  const weights = wasmWeights(request.weights);
  const { module: memory } = weights.memory;
  const executable = await memory.call({
    kind: 'createExecutable',
    weights: weights.memory.weights,
    tape: tapeWords(tape, weights.handlesFor(tape.weights)),
    values: executableValues(request, memory.threads),
  });
  const calls: ExecutableCalls<WasmWeightsMemory> = {
    setAdapter: (slot, { weights: adapter }, words) =>
      memory.call({ kind: 'setAdapter', executable, slot, weights: adapter, words }),
    removeAdapter: (slot) => memory.call({ kind: 'removeAdapter', executable, slot }),
    step: (words, doubles) => memory.call({ kind: 'step', executable, words, doubles }),
    profile: (isEnabled) => memory.call({ kind: 'profile', executable, isEnabled }),
    readBlock: (group, block) => memory.call({ kind: 'readBlock', executable, group, block }),
    writeBlock: (group, block, bytes) => memory.call({ kind: 'writeBlock', executable, group, block, bytes }),
    dispose: () => memory.call({ kind: 'disposeExecutable', executable }),
  };
  return new CompiledExecutable(calls, wasmWeights, memory.threads, 'wasm');
}
