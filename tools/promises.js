// @ts-check
// Promises that nobody awaits and nobody catches: each may end the process, and `void` in front of one does not help. The
// rules need types, so they run beside Biome's (.oxlintrc.json): no such promise, no function that gives one where none is
// expected, and no `void` operator at all, because with it the first rule can be deceived.

import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Under node_modules/, with its arguments. */
export const LINTER = 'oxlint/bin/oxlint';
export const LINTER_ARGS = [
  '--type-aware',
  '--config',
  join(ROOT, '.oxlintrc.json'),
  '--report-unused-disable-directives',
  '--deny-warnings',
];

/**
 * @param {string} folder with a tsconfig.json
 * @returns {string[]} `file:line rule` of each fault
 */
export function promiseFaults(folder) {
  const args = [join(ROOT, 'node_modules', LINTER), ...LINTER_ARGS, '--format', 'json', folder];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (!stdout.startsWith('{')) throw new Error(`${LINTER}: ${stdout}${stderr}`);
  /** @type {{ diagnostics: { code: string, filename: string, labels: { span: { line: number } }[] }[] }} */
  const { diagnostics } = JSON.parse(stdout);
  return diagnostics
    .map(({ code, filename, labels }) => `${filename.split(/[\\/]/).at(-1)}:${labels[0]?.span.line} ${code}`)
    .sort();
}
