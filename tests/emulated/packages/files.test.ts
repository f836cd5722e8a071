// Inspects the kernels of the packages for all platforms: what they need from the system, the oldest system, the signature, and
// that the same sources give the same bytes. Most of these platforms have no emulator here.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLATFORMS, type Platform } from '../../../tools/packages/platforms.ts';
import { readElf } from '../../support/binaries/elf.ts';
import { readMachO } from '../../support/binaries/mach-o.ts';
import { readPe } from '../../support/binaries/pe.ts';
import { addonOf, buildAgain } from '../../support/emulated/addons.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const BUILD_TIMEOUT_MS = 1_800_000;
const OLDEST_GLIBC = [2, 17] as const; // as docs/platforms.md says
const GLIBC_LIBRARIES = [
  'ld-linux-x86-64.so.2',
  'ld-linux-aarch64.so.1',
  ...['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0'],
];
const MACHINES = {
  linux: { x64: 62, arm64: 183 },
  win32: { x64: 0x8664, arm64: 0xaa64 },
  darwin: { x64: 0x1000007, arm64: 0x100000c },
} as const;

const folder = temporaryFolder('packages');
const platformsOf = (os: Platform['os']): [string, Platform][] =>
  PLATFORMS.filter((platform) => platform.os === os).map((platform) => [platform.name, platform]);
const bytesOf = async ({ name }: Platform): Promise<Buffer> => readFile(await addonOf(name));

describe('the kernels for', () => {
  it.each(platformsOf('linux'))(
    '%s need no C++ library and export only what Node looks up',
    async (_, platform) => {
      const { machine, needed, versions, exported } = readElf(await bytesOf(platform));
      expect(machine).toBe(MACHINES.linux[platform.cpu]);
      const allowed = platform.libc === 'musl' ? ['libc.so'] : GLIBC_LIBRARIES;
      expect(needed.filter((name) => !allowed.includes(name))).toEqual([]);
      expect(needed).not.toEqual([]);
      expect(exported.toSorted()).toEqual(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
      expect(versions.filter((version) => !isOldGlibc(version))).toEqual([]);
      expect(versions.length > 0).toBe(platform.libc === 'glibc');
    },
    BUILD_TIMEOUT_MS,
  );

  it.each(platformsOf('win32'))(
    '%s import only libraries of Windows',
    async (_, platform) => {
      const { machine, imported, linkTime, oldestSystem } = readPe(await bytesOf(platform));
      expect(machine).toBe(MACHINES.win32[platform.cpu]);
      expect(imported.toSorted()).toEqual(['kernel32.dll', 'msvcrt.dll']);
      expect({ linkTime, oldestSystem }).toEqual({ linkTime: 0, oldestSystem: 6 });
    },
    BUILD_TIMEOUT_MS,
  );

  it.each(platformsOf('darwin'))(
    '%s need only the library of macOS 11, and are signed for arm64',
    async (_, platform) => {
      const { machine, needed, oldestSystem, signature } = readMachO(await bytesOf(platform));
      expect(machine).toBe(MACHINES.darwin[platform.cpu]);
      expect({ needed, oldestSystem }).toEqual({
        needed: ['/usr/lib/libSystem.B.dylib'],
        oldestSystem: '11.0',
      });
      // macOS loads nothing unsigned on arm64.
      expect(signature).toEqual(platform.cpu === 'arm64' ? { isAdHoc: true, isValid: true } : undefined);
    },
    BUILD_TIMEOUT_MS,
  );

  // The fastest of each format.
  it.each(
    PLATFORMS.filter(({ cpu, libc }) => cpu === 'arm64' && libc !== 'glibc').map((p) => [p.name, p] as const),
  )(
    '%s are the same bytes when they are compiled again in another folder',
    async (name, platform) => {
      const again = await buildAgain(platform, join(folder, name));
      expect((await readFile(again)).equals(await bytesOf(platform))).toBe(true);
    },
    BUILD_TIMEOUT_MS,
  );
});

function isOldGlibc(version: string): boolean {
  const [, major, minor] = /^GLIBC_(\d+)\.(\d+)/.exec(version) ?? [];
  const [oldestMajor, oldestMinor] = OLDEST_GLIBC;
  return major !== undefined && Number(major) === oldestMajor && Number(minor) <= oldestMinor;
}
