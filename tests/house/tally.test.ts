// The last line of `npm test` must not hide a failure.

import { expect, it } from 'vitest';
import { Tally } from '../../tools/test/tally.js';

const file = (status: string, ...statuses: string[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: statuses.map((each, index) => ({ fullName: `test ${index}`, status: each })),
});

function lineOf(files: ReturnType<typeof file>[] | undefined, endedWell: boolean): string {
  const tally = new Tally();
  tally.count(true);
  const success = endedWell;
  tally.countReport(files && { success, testResults: files }, endedWell);
  return tally.line;
}

it('counts tests and names the skipped', () => {
  expect(lineOf([file('passed', 'passed', 'skipped', 'passed', 'todo')], true)).toBe(
    '3 passed, 0 failed, 2 skipped',
  );
});

it('counts failed tests once', () => {
  expect(lineOf([file('failed', 'passed', 'failed')], false)).toBe('2 passed, 1 failed, 0 skipped');
});

it('counts a file that could not be loaded', () => {
  expect(lineOf([file('failed'), file('passed', 'passed')], false)).toBe('2 passed, 1 failed, 0 skipped');
});

it('counts a crash without a report, and a bad end without a failed test', () => {
  expect(lineOf(undefined, false)).toBe('1 passed, 1 failed, 0 skipped');
  expect(lineOf([file('passed', 'passed')], false)).toBe('2 passed, 1 failed, 0 skipped');
});

it('counts a run without tests as a failure', () => {
  expect(lineOf([], true)).toBe('1 passed, 1 failed, 0 skipped');
});
