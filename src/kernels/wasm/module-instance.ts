// An instance of the WebAssembly module (native/src/wasm.cpp) in one thread. Instances share the memory.

import { type CompiledModule, type SharedMemory, webAssembly } from './web-assembly.ts';

/** Addresses and sizes are in bytes. */
export interface WasmExports {
  readonly __stack_pointer: { value: number };
  readonly __tls_size: { readonly value: number };
  __wasm_init_tls(address: number): void;
  /** Runs the constructors of C++, once for a memory. */
  _initialize(): void;
  start(threads: number): void;
  runLoops(thread: number): void;
  allocate(bytes: number): number;
  release(address: number): void;
  discard(): void;
  createWeights(): number;
  disposeWeights(weights: number): void;
  addMatrix(weights: number, type: number, rows: number, columns: number): number;
  addVector(weights: number, type: number, address: number, bytes: number, count: number): number;
  pack(weights: number, matrix: number, address: number, bytes: number, row: number): void;
  createExecutable(weights: number, tape: number, words: number, values: number, count: number): number;
  disposeExecutable(executable: number): void;
  setAdapter(executable: number, slot: number, weights: number, words: number, count: number): void;
  removeAdapter(executable: number, slot: number): void;
  step(executable: number, words: number, wordCount: number, doubles: number, doubleCount: number): number;
  profile(executable: number, isEnabled: number): number;
  block(executable: number, group: number, block: number): number;
  blockBytes(executable: number, group: number): number;
  measureLimits(): number;
}

/** Some of the functions; a module without them is not that of Quire. */
export const REQUIRED_EXPORTS: readonly (keyof WasmExports)[] = [
  'start',
  'runLoops',
  'createExecutable',
  'step',
];

/** An error that C++ reports. `code` is a code of QuireError. */
export class WasmFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Creates an instance for the current thread. */
export function instantiate(module: CompiledModule, memory: SharedMemory): WasmExports {
  const text = (address: number, bytes: number): string =>
    new TextDecoder().decode(new Uint8Array(memory.buffer).slice(address, address + bytes));
  const fail = (code: number, message: number, bytes: number): never => {
    const length = new Uint8Array(memory.buffer).subarray(code, code + 64).indexOf(0);
    throw new WasmFailure(text(code, length), text(message, bytes));
  };
  // of the functions of WASI, which the C++ library uses
  const clock_time_get = (_clock: number, _precision: bigint, result: number): number => {
    const nanoseconds = BigInt(Math.round(performance.now() * 1e6));
    new DataView(memory.buffer).setBigUint64(result >>> 0, nanoseconds, true);
    return 0;
  };
  const system: Record<string, unknown> = { clock_time_get };
  for (const { module: name, name: field } of webAssembly.Module.imports(module))
    if (name !== 'env') system[field] ??= () => unsupported(field);
  const instance = new webAssembly.Instance(module, {
    env: { memory, fail },
    wasi_snapshot_preview1: system,
  });
  return instance.exports as unknown as WasmExports;
}

function unsupported(name: string): never {
  throw new WasmFailure('backend_failed', `the WebAssembly module called ${name}`);
}
