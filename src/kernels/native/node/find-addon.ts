// Finds the compiled kernels: the file that QUIRE_NATIVE names, or the build of this checkout, or the package for this
// platform, which npm installs as an optional dependency.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGE_ROOT } from '../../../base/node/package-root.ts';
import { packageVersion } from '../../../base/node/package-version.ts';
import {
  currentPlatforms,
  type PlatformName,
  platformManifest,
  platformPackage,
} from '../../../base/node/platform-packages.ts';
import { type Addon, isAddon } from './addon.ts';

export interface KernelFile {
  /** `QUIRE_NATIVE`, `local build`, or the name of a package */
  readonly origin: string;
  readonly path: string;
}

/** Kernels that cannot be used. */
export interface KernelProblem {
  readonly origin: string;
  readonly reason: string;
  /** false if they are not installed, true if they are installed and cannot be loaded */
  readonly isBroken: boolean;
}

export interface FoundKernels {
  readonly addon?: Addon;
  /** where `addon` was found */
  readonly file?: KernelFile;
  /** the kernels that would have been preferred, in order */
  readonly problems: readonly KernelProblem[];
}

let found: FoundKernels | undefined;

/** Loads the first kernels that can be used, once. Warns of kernels that are installed and cannot be loaded. */
export function findKernels(): FoundKernels {
  if (found !== undefined) return found;
  found = searchKernels(PACKAGE_ROOT, packageVersion());
  for (const { origin, reason, isBroken } of found.problems)
    if (isBroken) process.emitWarning(`the kernels of ${origin} cannot be used: ${reason}`, 'QuireWarning');
  return found;
}

/** Loads the first kernels that can be used by the package in the folder `root`, which has the version `version`. */
export function searchKernels(root: URL, version: string): FoundKernels {
  const problems: KernelProblem[] = [];
  for (const find of candidates(root, version)) {
    const candidate = find();
    if ('reason' in candidate) {
      problems.push(candidate);
      continue;
    }
    const addon = load(candidate.path);
    if (!(addon instanceof Error)) return { addon, file: candidate, problems };
    problems.push({ origin: candidate.origin, reason: addon.message, isBroken: true });
  }
  return { problems };
}

/** Returns the reason why no kernels can be used; undefined if some can. */
export function unavailableReason({ addon, problems }: FoundKernels): string | undefined {
  if (addon !== undefined) return undefined;
  const problem = problems.find(({ isBroken }) => isBroken) ?? problems[0];
  return problem?.reason ?? `there are no kernels for ${process.platform}-${process.arch}`;
}

type Candidate = () => KernelFile | KernelProblem;

function candidates(root: URL, version: string): Candidate[] {
  const named = process.env.QUIRE_NATIVE;
  if (named) return [() => fileOrProblem('QUIRE_NATIVE', resolve(named))];
  const packages = currentPlatforms(root).map((platform) => () => findPackage(root, platform, version));
  // An installed package contains no sources.
  const isCheckout = existsSync(new URL('native/src', root));
  const built = fileURLToPath(new URL('native/build/quire.node', root));
  return isCheckout ? [() => fileOrProblem('local build', built), ...packages] : packages;
}

const fileOrProblem = (origin: string, path: string): KernelFile | KernelProblem =>
  existsSync(path)
    ? { origin, path }
    : { origin, reason: `the kernels are not compiled (no ${path})`, isBroken: false };

interface PlatformManifest {
  readonly version?: unknown;
  readonly kernels?: { readonly file: string; readonly sha256: string };
}

function findPackage(root: URL, platform: PlatformName, expected: string): KernelFile | KernelProblem {
  const name = platformPackage(platform);
  const broken = (reason: string): KernelProblem => ({ origin: name, reason, isBroken: true });
  const manifest = platformManifest(root, platform);
  if (manifest === undefined)
    return { origin: name, reason: `the package ${name} is not installed`, isBroken: false };
  try {
    const { version, kernels } = JSON.parse(readFileSync(manifest, 'utf8')) as PlatformManifest;
    if (version !== expected) return broken(`${name} has version ${String(version)} instead of ${expected}`);
    if (kernels === undefined) return broken(`${manifest} names no kernels`);
    const path = join(dirname(manifest), kernels.file);
    // The system ends a process that loads a damaged file.
    const found = createHash('sha256').update(readFileSync(path)).digest('hex'); // takes about 3 ms
    if (found !== kernels.sha256) return broken(`${path} is not the file of its package (SHA-256 ${found})`);
    return { origin: name, path };
  } catch (error) {
    return broken(error instanceof Error ? error.message : String(error));
  }
}

function load(path: string): Addon | Error {
  try {
    const loaded: unknown = createRequire(import.meta.url)(path);
    return isAddon(loaded) ? loaded : new Error(`${path} does not contain the kernels of this version`);
  } catch (error) {
    const [message] = String(error instanceof Error ? error.message : error).split('\n', 1);
    return new Error(message, { cause: error });
  }
}
