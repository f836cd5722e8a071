// @ts-check
// Compiles the kernels to WebAssembly with Zig's Clang.

import { mkdirSync } from 'node:fs';
import { compileSources, sourcesFor } from './native.js';
import { installZig } from './zig.js';

const FEATURES = ['simd128', 'atomics', 'bulk_memory', 'sign_ext', 'nontrapping_fptoint', 'mutable_globals'];
const EXPORTS = ['__stack_pointer', '__wasm_init_tls', '__tls_size'];
// Zig reads this number as hexadecimal: 65,535 pages of 64 KiB.
const MAX_MEMORY = 'ffff0000';

/**
 * Compiles `quire.wasm` into the folder `target`.
 * @param {string} target
 * @param {string} cache folder for the compiler and its files
 */
export async function buildWasm(target, cache) {
  mkdirSync(target, { recursive: true });
  const { command, env } = await installZig(cache);
  const cpu = ['generic', ...FEATURES].join('+');
  await compileSources({
    command: [...command, '-target', 'wasm32-wasi', `-mcpu=${cpu}`],
    sources: sourcesFor({ cpu: 'wasm32', isGcc: false }),
    linkFlags: [
      '-s',
      '-mexec-model=reactor',
      '-Wl,--shared-memory,--import-memory',
      `-Wl,--max-memory=${MAX_MEMORY}`,
      ...EXPORTS.map((name) => `-Wl,--export=${name}`),
    ],
    target,
    output: 'quire.wasm',
    env,
  });
}
