// @ts-check
// Counts the checks of tools/test.js, and the tests in the report of Vitest, that passed, failed or were skipped.

/**
 * @typedef {{ fullName: string, status: string }} Assertion
 * @typedef {{ name: string, status: string, message?: string, assertionResults: readonly Assertion[] }} TestFile
 * @typedef {{ success: boolean, testResults: readonly TestFile[] }} Report the fields of Vitest's JSON report that this file uses
 */

export class Tally {
  passed = 0;
  failed = 0;
  /** @type {string[]} */
  skipped = [];

  /** @param {boolean} passed */
  count(passed) {
    if (passed) this.passed += 1;
    else this.failed += 1;
  }

  /**
   * Adds the results of Vitest. A test file that could not be loaded counts as one failure. A run that failed without a
   * failed test (a crash, an unhandled rejection, a missing report) also counts as one failure.
   * @param {Report | undefined} report
   * @param {boolean} succeeded whether Vitest's exit code was 0
   */
  countReport(report, succeeded) {
    const failedBefore = this.failed;
    for (const file of report?.testResults ?? []) {
      for (const { fullName, status } of file.assertionResults) {
        if (status === 'passed' || status === 'failed') this.count(status === 'passed');
        else this.skipped.push(fullName);
      }
      const hasFailedTest = file.assertionResults.some(({ status }) => status === 'failed');
      if (file.status === 'failed' && !hasFailedTest) this.failed += 1;
    }
    const isSuccess = succeeded && report?.success === true && report.testResults.length > 0;
    if (!isSuccess && this.failed === failedBefore) this.failed += 1;
  }

  get line() {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped.length} skipped`;
  }
}
