// The binary of libsql. The package for a platform depends on it, because npm would otherwise install the binaries for both C
// libraries of Linux. When `dist` is bundled, this module replaces `@neon-rs/load`, with which libsql finds its binary.

import { createRequire } from 'node:module';
import { PACKAGE_ROOT } from '../package-root.ts';
import { currentPlatforms, type PlatformName, platformManifest } from '../platform-packages.ts';

const BINARIES: Readonly<Record<PlatformName, string | undefined>> = {
  'linux-x64-gnu': '@libsql/linux-x64-gnu',
  'linux-x64-musl': '@libsql/linux-x64-musl',
  'linux-arm64-gnu': '@libsql/linux-arm64-gnu',
  'linux-arm64-musl': '@libsql/linux-arm64-musl',
  'darwin-arm64': '@libsql/darwin-arm64',
  'darwin-x64': '@libsql/darwin-x64',
  'win32-x64': '@libsql/win32-x64-msvc',
  'win32-arm64': undefined,
};

/** Returns the name of the package with the binary for a platform; undefined if there is none. */
export const libsqlPackage = (platform: PlatformName): string | undefined => BINARIES[platform];

/** Loads the binary. Throws if it is not installed or cannot be loaded. */
export function load(): unknown {
  const [platform] = currentPlatforms(PACKAGE_ROOT);
  const name = platform === undefined ? undefined : libsqlPackage(platform);
  if (platform === undefined || name === undefined)
    throw new Error(`there is no binary of libsql for ${process.platform}-${process.arch}`);
  // In a checkout, libsql itself depends on the binary.
  return createRequire(platformManifest(PACKAGE_ROOT, platform) ?? PACKAGE_ROOT)(name);
}
