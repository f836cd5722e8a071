// @ts-check
// Computes fingerprints of the input files of a set-up stage. The quick fingerprint uses paths, sizes and times
// and takes milliseconds. The fingerprint of the contents is computed only if the quick one has changed: if `git checkout`
// rewrites files without changing them, nothing is rebuilt.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

// Build results and tests are not inputs.
const EXCLUDED = /^(node_modules|dist)$|\.test\.tsx?$/;

/**
 * Returns all files in `paths`, sorted. Paths that do not exist are ignored.
 * @param {string} root
 * @param {readonly string[]} paths files or folders, relative to `root`
 * @returns {string[]} paths relative to `root`, with forward slashes
 */
export function listFiles(root, paths) {
  /** @type {string[]} */
  const files = [];
  for (const path of paths) {
    const stats = statSync(join(root, path), { throwIfNoEntry: false });
    if (stats?.isFile()) files.push(path);
    if (!stats?.isDirectory()) continue;
    const children = readdirSync(join(root, path)).filter((name) => !EXCLUDED.test(name));
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
export function quickFingerprint(root, files) {
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
export function contentFingerprint(root, files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}
