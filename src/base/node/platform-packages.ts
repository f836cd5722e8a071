// The packages that depend on the platform. npm installs the one for this machine as an optional dependency.

import { createRequire } from 'node:module';

/** operating system and processor as Node names them, and on Linux the C library */
export const PLATFORM_NAMES = [
  'linux-x64-gnu',
  'linux-x64-musl',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'darwin-arm64',
  'darwin-x64',
  'win32-x64',
  'win32-arm64',
] as const;

export type PlatformName = (typeof PLATFORM_NAMES)[number];

/** Returns the name of the package with the kernels of a platform. */
export const platformPackage = (platform: PlatformName): string => `@quire-llm/${platform}`;

/**
 * Returns the platforms that this machine may be, the most suitable first; usually there is one, and none for machines without
 * a package.
 * @param root folder of this package
 */
export function currentPlatforms(root: URL): PlatformName[] {
  const platform = `${process.platform}-${process.arch}`;
  const names = PLATFORM_NAMES.filter((name) => name === platform || name.startsWith(`${platform}-`));
  if (names.length < 2) return names;
  // One package for each C library; npm installs the suitable one.
  const installed = names.filter((name) => platformManifest(root, name) !== undefined);
  if (installed.length === 1) return installed;
  return usesMusl() ? names.toReversed() : names;
}

/** Returns the path of the package.json of the installed package for a platform; undefined if it is not installed. */
export function platformManifest(root: URL, platform: PlatformName): string | undefined {
  try {
    return createRequire(root).resolve(`${platformPackage(platform)}/package.json`);
  } catch {
    return undefined;
  }
}

// Takes milliseconds.
function usesMusl(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}
