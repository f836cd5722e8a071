// `npm run build:packages`: creates the packages that are published, in dist/packages. Zig's Clang compiles the kernels of all
// platforms on Linux, and those of WebAssembly, which are part of `quire-llm`.
//
//   npm run build:packages                              all packages
//   npm run build:packages -- --only linux-x64-gnu      that package and quire-llm; the kernels of this machine are those of
//                                                       the checkout, compiled by the compiler of the system
//   npm run build:packages -- --only NAME --release     the same with Zig's Clang

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setUp } from '../setup.js';
import { buildAddon } from './build-addon.ts';
import { Packer } from './pack.ts';
import { PLATFORMS, type Platform } from './platforms.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = join(ROOT, '.cache/packages');
const TARGET = join(ROOT, 'dist/packages');

const options = { only: { type: 'string' }, release: { type: 'boolean' } } as const;
const { only, release = false } = parseArgs({ options }).values;

function selectedPlatforms(): readonly Platform[] {
  if (only === undefined) return PLATFORMS;
  const platform = PLATFORMS.find(({ name }) => name === only);
  if (platform !== undefined) return [platform];
  throw new Error(`no platform is named ${only}; use one of ${PLATFORMS.map(({ name }) => name).join(', ')}`);
}

// The build of the checkout, if it is for the only selected platform.
function localBuild({ os, cpu, libc }: Platform): string | undefined {
  const isHere = os === process.platform && cpu === process.arch && libc !== 'musl';
  const path = join(ROOT, 'native/build/quire.node');
  return only !== undefined && !release && isHere && existsSync(path) ? path : undefined;
}

async function main(): Promise<void> {
  const platforms = selectedPlatforms();
  await setUp({ wasm: true });
  await rm(TARGET, { recursive: true, force: true });
  const packer = new Packer(ROOT, join(CACHE, 'staging'), TARGET);
  for (const platform of platforms) {
    const started = performance.now();
    process.stderr.write(`${platform.name} ... `);
    const addon =
      localBuild(platform) ?? (await buildAddon(platform, join(CACHE, 'build', platform.name), CACHE));
    await packer.packPlatform(platform, addon);
    process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  }
  await packer.packMain();
  process.stderr.write(`packages are in ${TARGET}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
