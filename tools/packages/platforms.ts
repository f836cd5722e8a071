// The platforms for which a package with kernels exists.

export interface Platform {
  /** the name of the package after `@quire-llm/` */
  readonly name: string;
  readonly os: NodeJS.Platform;
  readonly cpu: 'x64' | 'arm64';
  readonly libc?: 'glibc' | 'musl';
  /** target of Zig's Clang, with the oldest version of the system on which the kernels run */
  readonly target: string;
}

export const PLATFORMS: readonly Platform[] = [
  { name: 'linux-x64-gnu', os: 'linux', cpu: 'x64', libc: 'glibc', target: 'x86_64-linux-gnu.2.28' },
  { name: 'linux-x64-musl', os: 'linux', cpu: 'x64', libc: 'musl', target: 'x86_64-linux-musl' },
  { name: 'linux-arm64-gnu', os: 'linux', cpu: 'arm64', libc: 'glibc', target: 'aarch64-linux-gnu.2.28' },
  { name: 'linux-arm64-musl', os: 'linux', cpu: 'arm64', libc: 'musl', target: 'aarch64-linux-musl' },
  { name: 'darwin-arm64', os: 'darwin', cpu: 'arm64', target: 'aarch64-macos.11.0' },
  { name: 'darwin-x64', os: 'darwin', cpu: 'x64', target: 'x86_64-macos.11.0' },
  { name: 'win32-x64', os: 'win32', cpu: 'x64', target: 'x86_64-windows-gnu' },
  { name: 'win32-arm64', os: 'win32', cpu: 'arm64', target: 'aarch64-windows-gnu' },
];

/** Returns the name of the package with the kernels of a platform. */
export const packageName = ({ name }: Platform): string => `@quire-llm/${name}`;
