// An experiment asks one question, says beforehand what it expects, and reports what it measured, be it that or not.

import type { Findings } from './findings.ts';
import type { LabBench, ModelChoice } from './lab-bench.ts';
import type { Text } from './text.ts';

export interface Experiment {
  readonly name: string;
  readonly title: Text;
  readonly question: Text;
  /** one sentence, written before anything is measured */
  readonly expected: Text;
  /** what is measured, where it is not the model under test; `simulated` where nothing is computed */
  readonly subject?: (bench: LabBench) => Promise<ModelChoice | 'simulated'>;
  /**
   * Measures, and adds to `findings` as it goes: what was added when it is interrupted is kept. Rejects with the
   * signal's reason when that is aborted.
   */
  run(bench: LabBench, findings: Findings): Promise<void>;
}
