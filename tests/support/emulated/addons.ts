// The kernels of the packages for each platform, as they are published.

import { join } from 'node:path';
import { buildAddon } from '../../../tools/packages/build-addon.ts';
import { PLATFORMS, type Platform } from '../../../tools/packages/platforms.ts';
import { ROOT } from '../fixtures.ts';
import { buildOnce } from './build-once.ts';

/** Folder of the compiler and its files. */
export const PACKAGES_CACHE = join(ROOT, '.cache/packages');
const INPUTS = ['native/src', 'tools/packages', 'tools/setup/native.js', 'tools/setup/zig.js'];

/** Compiles the kernels of a platform if a source has changed, which takes minutes. Returns the path of `quire.node`. */
export async function addonOf(name: Platform['name']): Promise<string> {
  const platform = PLATFORMS.find((candidate) => candidate.name === name)!;
  const build = (folder: string): Promise<string> => buildAddon(platform, folder, PACKAGES_CACHE);
  return join(await buildOnce(`addon-${name}`, INPUTS, build), 'quire.node');
}

/** Compiles the kernels of a platform again, in another folder. Returns the path of `quire.node`. */
export const buildAgain = (platform: Platform, folder: string): Promise<string> =>
  buildAddon(platform, folder, PACKAGES_CACHE);
