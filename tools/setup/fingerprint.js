// @ts-check
// What a stage of the set-up was made from. Two prints of the same files: a quick one (paths, sizes,
// times), which answers in milliseconds, and the contents' hash, asked only when the quick one differs,
// so that a `git checkout` that touches files without changing them builds nothing.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

// made by the set-up itself, or no part of what is built
const SKIPPED = /^(node_modules|dist)$|\.test\.tsx?$/;

/**
 * All files under `paths` (files or folders; what does not exist is left out), sorted.
 * @param {string} root
 * @param {readonly string[]} paths relative to `root`
 * @returns {string[]} relative to `root`, with forward slashes
 */
export function listFiles(root, paths) {
  /** @type {string[]} */
  const files = [];
  for (const path of paths) {
    const found = statSync(join(root, path), { throwIfNoEntry: false });
    if (found?.isFile()) files.push(path);
    if (!found?.isDirectory()) continue;
    const children = readdirSync(join(root, path)).filter((name) => !SKIPPED.test(name));
    files.push(
      ...listFiles(
        root,
        children.map((name) => `${path}/${name}`),
      ),
    );
  }
  return files.sort();
}

/**
 * Paths, sizes and times.
 * @param {string} root
 * @param {readonly string[]} files
 */
export function quickPrint(root, files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * Paths and contents.
 * @param {string} root
 * @param {readonly string[]} files
 */
export function contentPrint(root, files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}
