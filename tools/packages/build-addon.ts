// Compiles the kernels of a platform with Zig's Clang.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileSources, sourcesFor } from '../setup/native.js';
import { installZig } from '../setup/zig.js';
import type { Platform } from './platforms.ts';
import { clearLinkTime, IMPORT_FLAGS, importsSource } from './windows.ts';

/** The only symbols that Node looks up. The C++ library, which is part of the file, would export hundreds. */
const EXPORTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/** Compiles `quire.node` into a new folder and returns its path. `cache` is a folder for the compiler and its libraries. */
export async function buildAddon(platform: Platform, folder: string, cache: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { command, env } = await installZig(cache);
  await compileSources({
    command: [...command, '-target', platform.target],
    sources: await sourcesOf(platform, folder),
    linkFlags: await linkFlags(platform, folder),
    target: folder,
    output: 'quire.node',
    env,
  });
  const path = join(folder, 'quire.node');
  if (platform.os === 'win32') await clearLinkTime(path);
  return path;
}

async function sourcesOf(platform: Platform, folder: string): Promise<ReturnType<typeof sourcesFor>> {
  const sources = sourcesFor({ cpu: platform.cpu, isGcc: false });
  if (platform.os !== 'win32') return sources;
  const file = join(folder, 'node-api-imports.cpp');
  await writeFile(file, await importsSource());
  const withImports = sources.map((source) => ({ ...source, flags: [...source.flags, ...IMPORT_FLAGS] }));
  return [...withImports, { file, flags: ['-O2'] }];
}

async function linkFlags({ os }: Platform, folder: string): Promise<string[]> {
  if (os === 'win32') return ['-shared', '-s'];
  if (os === 'darwin') return ['-shared', '-s', '-undefined', 'dynamic_lookup'];
  const versionScript = join(folder, 'exports.map');
  await writeFile(versionScript, `{ global: ${EXPORTS.join('; ')}; local: *; };\n`);
  return ['-shared', '-s', '-pthread', '-Wl,--gc-sections', `-Wl,--version-script=${versionScript}`];
}
