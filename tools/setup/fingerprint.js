// @ts-check
// Fingerprints of the inputs of a set-up stage: a quick one of paths, sizes and times, which takes milliseconds, and a hash
// of the contents, which is computed only when the quick one differs. So a `git checkout` that rewrites files without
// changing them rebuilds nothing.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

// build results and tests
const SKIPPED = /^(node_modules|dist)$|\.test\.tsx?$/;

/**
 * Returns all files under `paths` (files or folders; missing ones are ignored), sorted.
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
 * Returns a hash of paths, sizes and times.
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
 * Returns a hash of paths and contents.
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
