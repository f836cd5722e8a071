// The calls to the thread that runs the WebAssembly module, as data.

import type { CompiledResult } from '../compiled/plan-words.ts';
import { instantiate, type WasmExports, WasmFailure } from './module-instance.ts';
import type { CompiledModule, SharedMemory } from './web-assembly.ts';

/** What a thread needs to run the module. Thread 0 answers calls; the others execute parallel loops. */
export interface WasmThread {
  readonly module: CompiledModule;
  readonly memory: SharedMemory;
  readonly thread: number;
  readonly threads: number;
  /** address of the memory for the stack and the variables of the thread; 0 in thread 0 */
  readonly stack: number;
}

export type WasmCall =
  | { readonly kind: 'start' }
  | { readonly kind: 'allocate'; readonly bytes: number }
  | { readonly kind: 'createWeights' }
  | { readonly kind: 'disposeWeights'; readonly weights: number }
  | {
      readonly kind: 'addMatrix';
      readonly weights: number;
      readonly type: number;
      readonly rows: number;
      readonly columns: number;
    }
  | {
      readonly kind: 'addVector';
      readonly weights: number;
      readonly type: number;
      readonly bytes: Uint8Array;
      readonly count: number;
    }
  | {
      readonly kind: 'pack';
      readonly weights: number;
      readonly matrix: number;
      readonly address: number;
      readonly bytes: number;
      readonly row: number;
    }
  | { readonly kind: 'release'; readonly addresses: readonly number[] }
  | {
      readonly kind: 'createExecutable';
      readonly weights: number;
      readonly tape: Int32Array;
      readonly values: Int32Array;
    }
  | {
      readonly kind: 'setAdapter';
      readonly executable: number;
      readonly slot: number;
      readonly weights: number;
      readonly words: Int32Array;
    }
  | { readonly kind: 'removeAdapter'; readonly executable: number; readonly slot: number }
  | {
      readonly kind: 'step';
      readonly executable: number;
      readonly words: Int32Array;
      readonly doubles: Float64Array;
    }
  | { readonly kind: 'profile'; readonly executable: number; readonly isEnabled: boolean }
  | {
      readonly kind: 'readBlock';
      readonly executable: number;
      readonly group: number;
      readonly block: number;
    }
  | {
      readonly kind: 'writeBlock';
      readonly executable: number;
      readonly group: number;
      readonly block: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'disposeExecutable'; readonly executable: number }
  | { readonly kind: 'measureLimits' };

/** The answers of the calls that have one. */
export interface WasmAnswers {
  /** addresses of memory for the stacks of threads 1 to `threads - 1` */
  readonly start: readonly number[];
  readonly allocate: number;
  readonly createWeights: number;
  readonly addMatrix: number;
  readonly addVector: number;
  readonly createExecutable: number;
  readonly step: CompiledResult;
  readonly profile: Float64Array;
  readonly readBlock: Uint8Array;
  readonly measureLimits: Float64Array;
}

const STACK_BYTES = 256 * 1024;

/** Executes the parallel loops of thread 0 in another thread. Does not return. */
export function runLoops({ module, memory, thread, stack }: WasmThread): void {
  const exports = instantiate(module, memory);
  // The memory may have grown while the thread received it. V8 would then keep the old size, against which it checks the instructions
  // that copy and fill memory; growing it by nothing reads the size again.
  memory.grow(0);
  exports.__stack_pointer.value = stack + STACK_BYTES;
  exports.__wasm_init_tls(stack + STACK_BYTES);
  exports.runLoops(thread);
}

type TypedArray = Uint8Array | Int32Array | Float64Array;

/** Runs calls in thread 0. */
export class WasmRunner {
  readonly #memory: SharedMemory;
  readonly #exports: WasmExports;
  readonly #threads: number;
  /** memory for the arguments of a call */
  #arguments = { address: 0, bytes: 0 };
  /** an error after which the memory may be invalid */
  #trap: unknown;

  constructor({ module, memory, threads }: WasmThread) {
    this.#memory = memory;
    this.#threads = threads;
    this.#exports = instantiate(module, memory);
    this.#exports._initialize();
  }

  /** Returns the answer. Throws WasmFailure. */
  run(call: WasmCall): unknown {
    if (this.#trap !== undefined) throw this.#trap;
    const { __stack_pointer: stack } = this.#exports;
    const stackPointer = stack.value;
    try {
      return this.#run(call);
    } catch (error) {
      if (!(error instanceof WasmFailure)) {
        this.#trap = new WasmFailure('kernels_failed', String(error));
        throw this.#trap;
      }
      // The frames of C++ have not returned.
      stack.value = stackPointer;
      this.#exports.discard();
      throw error;
    }
  }

  #run(call: WasmCall): unknown {
    const exports = this.#exports;
    switch (call.kind) {
      case 'start':
        return this.#start();
      case 'allocate':
        return this.#allocate(call.bytes);
      case 'createWeights':
        return exports.createWeights();
      case 'disposeWeights':
        return exports.disposeWeights(call.weights);
      case 'addMatrix':
        return exports.addMatrix(call.weights, call.type, call.rows, call.columns);
      case 'addVector': {
        const [address] = this.#copy(call.bytes);
        return exports.addVector(call.weights, call.type, address!, call.bytes.byteLength, call.count);
      }
      case 'pack':
        return exports.pack(call.weights, call.matrix, call.address, call.bytes, call.row);
      case 'release':
        for (const address of call.addresses) exports.release(address);
        return undefined;
      case 'createExecutable': {
        const { weights, tape, values } = call;
        const [tapeAddress, valuesAddress] = this.#copy(tape, values);
        return exports.createExecutable(weights, tapeAddress!, tape.length, valuesAddress!, values.length);
      }
      case 'setAdapter': {
        const [address] = this.#copy(call.words);
        return exports.setAdapter(call.executable, call.slot, call.weights, address!, call.words.length);
      }
      case 'removeAdapter':
        return exports.removeAdapter(call.executable, call.slot);
      case 'step': {
        const { executable, words, doubles } = call;
        const [wordsAddress, doublesAddress] = this.#copy(words, doubles);
        return this.#result(
          exports.step(executable, wordsAddress!, words.length, doublesAddress!, doubles.length),
        );
      }
      case 'profile':
        return this.#doubles(exports.profile(call.executable, call.isEnabled ? 1 : 0));
      case 'readBlock':
        return this.#block(call).slice();
      case 'writeBlock': {
        const block = this.#block(call);
        if (call.bytes.byteLength !== block.byteLength)
          throw new WasmFailure('bad_argument', 'wrong number of bytes for a block');
        block.set(call.bytes);
        return undefined;
      }
      case 'disposeExecutable':
        return exports.disposeExecutable(call.executable);
      case 'measureLimits':
        return this.#doubles(exports.measureLimits());
    }
  }

  #start(): readonly number[] {
    this.#exports.start(this.#threads);
    const bytes = STACK_BYTES + this.#exports.__tls_size.value;
    return Array.from({ length: this.#threads - 1 }, () => this.#allocate(bytes));
  }

  #allocate(bytes: number): number {
    const address = this.#exports.allocate(bytes) >>> 0;
    if (address !== 0) return address;
    throw new WasmFailure('out_of_memory', `not enough memory: could not allocate ${bytes} bytes`);
  }

  // Copies arguments to the memory. Returns their addresses, which are valid until the next call.
  #copy(...arrays: readonly TypedArray[]): number[] {
    const sizes = arrays.map(({ byteLength }) => Math.ceil(byteLength / 64) * 64);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (bytes > this.#arguments.bytes) {
      if (this.#arguments.address !== 0) this.#exports.release(this.#arguments.address);
      this.#arguments = { address: 0, bytes: 0 };
      this.#arguments = { address: this.#allocate(bytes), bytes };
    }
    let { address } = this.#arguments;
    return arrays.map(({ buffer, byteOffset, byteLength }, i) => {
      const start = address;
      new Uint8Array(this.#memory.buffer).set(new Uint8Array(buffer, byteOffset, byteLength), start);
      address += sizes[i]!;
      return start;
    });
  }

  #block({
    executable,
    group,
    block,
  }: {
    readonly executable: number;
    readonly group: number;
    readonly block: number;
  }): Uint8Array {
    const address = this.#exports.block(executable, group, block) >>> 0;
    return new Uint8Array(this.#memory.buffer, address, this.#exports.blockBytes(executable, group) >>> 0);
  }

  // Reads addresses and lengths of arrays.
  #words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, address >>> 0, count);
  }

  #doubles(address: number): Float64Array {
    const [start = 0, length = 0] = this.#words(address, 2);
    return new Float64Array(this.#memory.buffer, start, length).slice();
  }

  #result(address: number): CompiledResult {
    const { buffer } = this.#memory;
    const words = this.#words(address, 14);
    const [tokens = 0, tokenCount = 0, outcomes = 0, outcomeCount = 0] = words;
    const [logprobs = 0, logprobCount = 0, likeliest = 0, likeliestCount = 0] = words.subarray(4);
    const [logits = 0, logitCount = 0, vectors = 0, vectorCount = 0, times = 0] = words.subarray(8);
    return {
      tokens: new Int32Array(buffer, tokens, tokenCount).slice(),
      outcomes: new Int32Array(buffer, outcomes, outcomeCount).slice(),
      stepMs: new Float64Array(buffer, times, 1)[0]!,
      ...(logprobCount === 0
        ? {}
        : {
            logprobs: new Float64Array(buffer, logprobs, logprobCount).slice(),
            likeliest: new Int32Array(buffer, likeliest, likeliestCount).slice(),
          }),
      ...(logitCount === 0 ? {} : { logits: new Float32Array(buffer, logits, logitCount).slice() }),
      ...(vectorCount === 0 ? {} : { vectors: new Float32Array(buffer, vectors, vectorCount).slice() }),
    };
  }
}
