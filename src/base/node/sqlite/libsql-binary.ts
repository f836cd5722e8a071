// The binary of libsql. The package for a platform depends on it, because npm would otherwise install the binaries for both C
// libraries of Linux. When `dist` is bundled, this module replaces `@neon-rs/load`, with which libsql finds its binary.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
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
  const requireFrom = createRequire(platformManifest(PACKAGE_ROOT, platform) ?? PACKAGE_ROOT);
  const path = requireFrom.resolve(name);
  if (isTruncatedElf(path)) throw new Error(`${path} is truncated`);
  return requireFrom(path);
}

/** Returns whether a library for Linux ends before its section headers. Linux loads it, and then ends the process with SIGBUS. */
export function isTruncatedElf(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(64);
    const bytesRead = readSync(file, header, 0, header.length, 0);
    if (header.toString('latin1', 0, 4) !== '\x7fELF') return false;
    if (bytesRead < header.length) return true;
    const sectionHeaders = Number(header.readBigUInt64LE(0x28));
    return fstatSync(file).size < sectionHeaders + header.readUInt16LE(0x3a) * header.readUInt16LE(0x3c);
  } finally {
    closeSync(file);
  }
}
