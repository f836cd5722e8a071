// The backends with compiled kernels: native code and WebAssembly, by the names of their instruction sets.

import type { Backend } from '../../src/kernels/backend.ts';
import { instructionSets, native } from '../../src/kernels/native/node/native-backend.ts';
import { wasm, wasmUnavailable } from '../../src/kernels/wasm/node/wasm-backend.ts';
import { relaxedMultiplyAdd } from '../../src/kernels/wasm/relaxed.ts';
import { WASM_SETS } from '../../src/kernels/wasm/wasm-backend.ts';

const isSupported = (set: string): boolean => set === 'wasm' || relaxedMultiplyAdd() !== undefined;
const wasmSets: readonly string[] = wasmUnavailable() === undefined ? WASM_SETS.filter(isSupported) : [];

/** The instruction sets that this machine supports, the fastest of each backend first. */
export const COMPILED_SETS: readonly string[] = [...instructionSets(), ...wasmSets];

/** Creates the backend that has the instruction set. */
export const compiled = (options: { instructionSet: string; threads: number }): Backend =>
  wasmSets.includes(options.instructionSet) ? wasm(options) : native(options);
