// Bun for musl, under the loader of Debian's package musl. npm has no Node for musl. Bun needs the C++ library of a system with musl;
// the one of GCC is linked for it, with the few functions that musl lacks.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchPackage } from '../../../tools/setup/fetch-package.js';
import { ROOT } from '../fixtures.ts';
import type { Need } from '../needs.ts';
import { buildOnce } from './build-once.ts';
import { missing } from './emulators.ts';
import type { Machine } from './machine.ts';

const LOADER = '/lib/ld-musl-x86_64.so.1';
const C_LIBRARY = '/lib/x86_64-linux-musl/libc.so';
const COMPILER = '/usr/bin/g++';
const BUN = '@oven/bun-linux-x64-musl';
const BUN_VERSION = '1.4.5';
const FUNCTIONS = 'tests/support/emulated/musl-functions.c';

/** Checks for the loader, the C library and GCC. */
export function needsMusl(): Need {
  const absent = [LOADER, C_LIBRARY, COMPILER].find((path) => !existsSync(path));
  return absent === undefined
    ? { available: true, path: LOADER }
    : missing(`no ${absent} (packages musl and g++)`);
}

/** Fetches Bun and links the libraries that it needs. */
export async function openMusl(): Promise<Machine> {
  const bun = await fetchPackage(join(ROOT, '.cache/packages/nodes/bun-musl'), BUN, BUN_VERSION);
  const libraries = await buildOnce('musl', [FUNCTIONS], async (folder) => {
    const cLibrary = join(folder, 'libc.musl-x86_64.so.1');
    await symlink(C_LIBRARY, cLibrary);
    linkCppLibrary(join(folder, 'libstdc++.so.6'), cLibrary);
  });
  const env = { LD_LIBRARY_PATH: libraries };
  return { command: [join(bun, 'bin/bun')], env, pathOf: (path) => path };
}

function linkCppLibrary(target: string, cLibrary: string): void {
  const partOfGcc = (name: string): string =>
    execFileSync(COMPILER, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
  execFileSync(COMPILER, [
    ...['-O2', '-fPIC', '-fno-builtin', '-shared', '-nostdlib', '-Wl,-soname,libstdc++.so.6'],
    ...[partOfGcc('crtbeginS.o'), '-x', 'c', join(ROOT, FUNCTIONS), '-x', 'none', '-Wl,--whole-archive'],
    ...[partOfGcc('libstdc++.a'), partOfGcc('libgcc_eh.a'), '-Wl,--no-whole-archive'],
    ...[partOfGcc('libgcc.a'), cLibrary, partOfGcc('crtendS.o'), '-o', target],
  ]);
}
