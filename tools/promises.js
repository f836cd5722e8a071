// @ts-check
// Finds promises that are neither awaited nor caught: if such a promise rejects, the process ends. The three rules in
// .oxlintrc.json need types, which Biome does not have: no floating promise, no async function where a synchronous one is
// expected, and no `void` operator, because `void` hides a promise from the first rule.

import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The path of the linter's script under node_modules/. */
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
 * @returns {string[]} `file:line rule` for each violation
 */
export function findPromiseProblems(folder) {
  const args = [join(ROOT, 'node_modules', LINTER), ...LINTER_ARGS, '--format', 'json', folder];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (!stdout.startsWith('{')) throw new Error(`${LINTER}: ${stdout}${stderr}`);
  /** @type {{ diagnostics: { code: string, filename: string, labels: { span: { line: number } }[] }[] }} */
  const { diagnostics } = JSON.parse(stdout);
  return diagnostics
    .map(({ code, filename, labels }) => `${filename.split(/[\\/]/).at(-1)}:${labels[0]?.span.line} ${code}`)
    .sort();
}
