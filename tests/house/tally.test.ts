// Tests that the summary line of `npm test` counts every failure.

import { expect, it } from 'vitest';
import { Tally } from '../../tools/test/tally.js';

const testFile = (fileStatus: string, ...statuses: string[]) => ({
  name: 'a.test.ts',
  status: fileStatus,
  assertionResults: statuses.map((status, index) => ({ fullName: `test ${index}`, status })),
});

function lineOf(files: ReturnType<typeof testFile>[] | undefined, succeeded: boolean): string {
  const tally = new Tally();
  tally.count(true);
  tally.countReport(files && { success: succeeded, testResults: files }, succeeded);
  return tally.line;
}

it('passed and skipped tests are counted', () => {
  expect(lineOf([testFile('passed', 'passed', 'skipped', 'passed', 'todo')], true)).toBe(
    '3 passed, 0 failed, 2 skipped',
  );
});

it('failed tests are counted once', () => {
  expect(lineOf([testFile('failed', 'passed', 'failed')], false)).toBe('2 passed, 1 failed, 0 skipped');
});

it('a file that could not be loaded counts as a failure', () => {
  expect(lineOf([testFile('failed'), testFile('passed', 'passed')], false)).toBe(
    '2 passed, 1 failed, 0 skipped',
  );
});

it('a missing report, and a failed run without a failed test, count as failures', () => {
  expect(lineOf(undefined, false)).toBe('1 passed, 1 failed, 0 skipped');
  expect(lineOf([testFile('passed', 'passed')], false)).toBe('2 passed, 1 failed, 0 skipped');
});

it('a run without tests counts as a failure', () => {
  expect(lineOf([], true)).toBe('1 passed, 1 failed, 0 skipped');
});
