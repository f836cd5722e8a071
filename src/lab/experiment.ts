// An experiment asks one question, says beforehand what it expects, and reports what it measured, be it that or not.

import type { Findings } from './findings.ts';
import type { LabBench } from './lab-bench.ts';
import type { Text } from './text.ts';

export interface Experiment {
  readonly name: string;
  readonly title: Text;
  readonly question: Text;
  /** one sentence, written before anything is measured */
  readonly expected: Text;
  /**
   * Measures, and adds to `findings` as it goes: what was added when it is interrupted is kept. Rejects with the
   * signal's reason when that is aborted.
   */
  run(bench: LabBench, findings: Findings): Promise<void>;
}
