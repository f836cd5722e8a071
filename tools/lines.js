// @ts-check
// Checks that no code file has more than 400 lines. Only files that git tracks or would track are checked, not packages and
// build results.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MAX_LINES = 400;
const CODE = /\.(ts|tsx|js|mjs|cjs|py|cpp|h|css)$/;

/**
 * @param {string} root a git checkout
 * @returns {string[]} one sentence for each file over the limit
 */
export function filesOverLineLimit(root) {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
  return listed
    .split('\0')
    .filter((path) => CODE.test(path) && existsSync(join(root, path)))
    .map((path) => ({ path, lines: readFileSync(join(root, path), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path} has ${lines} lines; at most ${MAX_LINES} are allowed`);
}
