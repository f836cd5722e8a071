// How the packages with kernels are built, and where npm installs them.

import { PLATFORM_NAMES, type PlatformName } from '../../src/base/node/platform-packages.ts';

interface Build {
  readonly os: NodeJS.Platform;
  readonly cpu: 'x64' | 'arm64';
  readonly libc?: 'glibc' | 'musl';
  /** target of Zig's Clang, with the oldest version of the system on which the kernels run */
  readonly target: string;
}

export interface Platform extends Build {
  readonly name: PlatformName;
}

const BUILDS: Readonly<Record<PlatformName, Build>> = {
  'linux-x64-gnu': { os: 'linux', cpu: 'x64', libc: 'glibc', target: 'x86_64-linux-gnu.2.28' },
  'linux-x64-musl': { os: 'linux', cpu: 'x64', libc: 'musl', target: 'x86_64-linux-musl' },
  'linux-arm64-gnu': { os: 'linux', cpu: 'arm64', libc: 'glibc', target: 'aarch64-linux-gnu.2.28' },
  'linux-arm64-musl': { os: 'linux', cpu: 'arm64', libc: 'musl', target: 'aarch64-linux-musl' },
  'darwin-arm64': { os: 'darwin', cpu: 'arm64', target: 'aarch64-macos.11.0' },
  'darwin-x64': { os: 'darwin', cpu: 'x64', target: 'x86_64-macos.11.0' },
  'win32-x64': { os: 'win32', cpu: 'x64', target: 'x86_64-windows-gnu' },
  'win32-arm64': { os: 'win32', cpu: 'arm64', target: 'aarch64-windows-gnu' },
};

export const PLATFORMS: readonly Platform[] = PLATFORM_NAMES.map((name) => ({ name, ...BUILDS[name] }));
