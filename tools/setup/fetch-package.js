// @ts-check
// Fetches a package from npm that only some commands and tests need, because it is large or is for another platform.

import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runQuietly } from './child.js';

/**
 * Installs a package in a folder that contains only this package, if it is not there, and returns its path. Rejects if it
 * cannot be fetched.
 * @param {string} folder
 * @param {string} name
 * @param {string} version
 * @param {Readonly<Record<string, string>>} [overrides] versions of packages on which it depends
 * @returns {Promise<string>}
 */
export async function fetchPackage(folder, name, version, overrides = {}) {
  const path = join(folder, 'node_modules', name);
  // npm writes this list last.
  const list = join(folder, 'node_modules/.package-lock.json');
  if (existsSync(list) && existsSync(path)) return path;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }));
  // Without --force, npm rejects packages for other platforms.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--force'];
  await runQuietly('npm', ['install', ...options, `${name}@${version}`], { cwd: folder });
  return path;
}
