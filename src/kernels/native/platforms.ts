// The platforms for which a package with kernels exists.

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
export const kernelPackage = (platform: PlatformName): string => `@quire-llm/${platform}`;
