// The backends that can run on this machine: the native backend with each instruction set, the best first, and the
// reference backend.

import { instructionSets } from '../../../kernels/native/node/native-backend.ts';
import type { ModelChoice } from '../../lab-bench.ts';

export interface Candidate {
  readonly name: string;
  readonly choice: ModelChoice;
  /** whether the candidate generates fewer tokens and is not measured at the large sizes */
  readonly slow: boolean;
}

export function availableCandidates(): Candidate[] {
  const native = instructionSets().map(
    (instructionSet): Candidate => ({
      name: `native ${instructionSet}`,
      choice: { backend: 'native', instructionSet },
      slow: instructionSet === 'plain',
    }),
  );
  return [...native, { name: 'reference', choice: { backend: 'reference' }, slow: true }];
}
