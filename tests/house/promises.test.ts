// Tests the check for promises that are neither awaited nor caught, with the configuration of the project, on a file that
// has one statement on each line.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findPromiseProblems } from '../../tools/promises.js';

const FLOATING = 'typescript(no-floating-promises)';
const MISUSED = 'typescript(no-misused-promises)';

/** Lines of code, each with the rule that it violates, if any. */
const LINES: readonly (readonly [code: string, rule?: string])[] = [
  ['export async function work(): Promise<void> {}'],
  ['export const call = (then: () => void): void => then();'],
  ['export interface Emitter { on(name: string, listener: (value: string) => void): void }'],
  ['declare const emitter: Emitter;'],
  ['work();', FLOATING],
  ['work().then(() => {});', FLOATING],
  ['work().finally(() => {});', FLOATING],
  ['Promise.all([work()]);', FLOATING],
  ['(async () => {})();', FLOATING],
  ['void work();', 'eslint(no-void)'],
  ['call(() => void work());', 'eslint(no-void)'],
  ['call(work);', MISUSED],
  ["emitter.on('data', async () => {});", MISUSED],
  ['export const options: { readonly onEnd: () => void } = { onEnd: work };', MISUSED],
  ['if (work()) call(() => {});', MISUSED],
  ['work().catch(() => {});'],
  ['call(() => { work().catch(() => {}); });'],
  ['await work();'],
  ['export const returned = (): Promise<void> => work();'],
];

it('findPromiseProblems finds each kind of promise that is neither awaited nor caught, and reports no other line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quire-promises-'));
  try {
    const options = { target: 'ES2023', module: 'ESNext', strict: true, types: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
    writeFileSync(join(folder, 'code.ts'), LINES.map(([code]) => `${code}\n`).join(''));
    const expected = LINES.flatMap(([, rule], i) => (rule === undefined ? [] : [`code.ts:${i + 1} ${rule}`]));
    const foundProblems = new Set(findPromiseProblems(folder));
    foundProblems.delete(`code.ts:10 ${FLOATING}`); // two rules report line 10, `void` as a statement
    expect([...foundProblems].sort()).toEqual(expected.sort());
  } finally {
    rmSync(folder, { recursive: true });
  }
});
