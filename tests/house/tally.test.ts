// The summary line of `npm test` does not hide a failure.

import { expect, it } from 'vitest';
import { Tally } from '../../tools/test/tally.js';

const file = (status: string, ...statuses: string[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: statuses.map((each, index) => ({ fullName: `test ${index}`, status: each })),
});

function lineOf(files: ReturnType<typeof file>[] | undefined, succeeded: boolean): string {
  const tally = new Tally();
  tally.count(true);
  const success = succeeded;
  tally.countReport(files && { success, testResults: files }, succeeded);
  return tally.line;
}

it('passed and skipped tests are counted', () => {
  expect(lineOf([file('passed', 'passed', 'skipped', 'passed', 'todo')], true)).toBe(
    '3 passed, 0 failed, 2 skipped',
  );
});

it('failed tests are counted once', () => {
  expect(lineOf([file('failed', 'passed', 'failed')], false)).toBe('2 passed, 1 failed, 0 skipped');
});

it('a file that could not be loaded counts as a failure', () => {
  expect(lineOf([file('failed'), file('passed', 'passed')], false)).toBe('2 passed, 1 failed, 0 skipped');
});

it('a missing report, and a failed run without a failed test, count as failures', () => {
  expect(lineOf(undefined, false)).toBe('1 passed, 1 failed, 0 skipped');
  expect(lineOf([file('passed', 'passed')], false)).toBe('2 passed, 1 failed, 0 skipped');
});

it('a run without tests counts as a failure', () => {
  expect(lineOf([], true)).toBe('1 passed, 1 failed, 0 skipped');
});
