// @ts-check
// Compiles the kernels to WebAssembly with Zig's Clang.

import { mkdirSync } from 'node:fs';
import { compileSources, sourcesFor } from './native.js';
import { installZig } from './zig.js';

const FEATURES = ['simd128', 'atomics', 'bulk_memory', 'sign_ext', 'nontrapping_fptoint', 'mutable_globals'];
/** @type {readonly (readonly [output: string, kernelFlags: readonly string[]])[]} */
const MODULES = [
  ['quire.wasm', []],
  ['quire-relaxed.wasm', ['-mrelaxed-simd']],
];
const EXPORTS = ['__stack_pointer', '__wasm_init_tls', '__tls_size'];
// Zig reads this number as hexadecimal: 65,535 pages of 64 KiB.
const MAX_MEMORY = 'ffff0000';

/**
 * Compiles `quire.wasm` and `quire-relaxed.wasm` into the folder `target`. The second uses relaxed SIMD, which older engines lack.
 * @param {string} target
 * @param {string} cache folder for the compiler and its files
 */
export async function buildWasm(target, cache) {
  mkdirSync(target, { recursive: true });
  const { command, env } = await installZig(cache);
  for (const [output, kernelFlags] of MODULES) {
    const sources = sourcesFor({ cpu: 'wasm32', isGcc: false });
    await compileSources({
      command: [...command, '-target', 'wasm32-wasi', `-mcpu=${['generic', ...FEATURES].join('+')}`],
      sources: sources.map(({ file, flags }) => ({
        file,
        flags: file === 'kernels_wasm.cpp' ? [...flags, ...kernelFlags] : flags,
      })),
      linkFlags: [
        '-s',
        '-mexec-model=reactor',
        '-Wl,--shared-memory,--import-memory',
        `-Wl,--max-memory=${MAX_MEMORY}`,
        ...EXPORTS.map((name) => `-Wl,--export=${name}`),
      ],
      target,
      output,
      env,
    });
  }
}
