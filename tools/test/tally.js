// @ts-check
// Counts what passed, failed and was skipped, over the house checks and Vitest's report.

/**
 * @typedef {{ fullName: string, status: string }} Assertion
 * @typedef {{ name: string, status: string, message?: string, assertionResults: readonly Assertion[] }} TestFile
 * @typedef {{ success: boolean, testResults: readonly TestFile[] }} Report Vitest's JSON, as far as it is read
 */

export class Tally {
  passed = 0;
  failed = 0;
  /** @type {string[]} */
  skipped = [];

  /** @param {boolean} ok */
  count(ok) {
    if (ok) this.passed += 1;
    else this.failed += 1;
  }

  /**
   * A file that could not be loaded counts as one failure, and so does a run that ended badly although
   * no test failed (a crash, an unhandled rejection, no report at all).
   * @param {Report | undefined} report
   * @param {boolean} endedWell
   */
  countReport(report, endedWell) {
    const failedBefore = this.failed;
    for (const file of report?.testResults ?? []) {
      for (const { fullName, status } of file.assertionResults) {
        if (status === 'passed' || status === 'failed') this.count(status === 'passed');
        else this.skipped.push(fullName);
      }
      const explained = file.assertionResults.some(({ status }) => status === 'failed');
      if (file.status === 'failed' && !explained) this.failed += 1;
    }
    const sound = endedWell && report?.success === true && report.testResults.length > 0;
    if (!sound && this.failed === failedBefore) this.failed += 1;
  }

  get line() {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped.length} skipped`;
  }
}
