// The backends that can run here: native for each instruction set, the best first, and the reference.

import { instructionSets } from '../../../kernels/native/node/native-backend.ts';
import type { ModelChoice } from '../../lab-bench.ts';

export interface Candidate {
  readonly name: string;
  readonly choice: ModelChoice;
  /** generates fewer tokens, and is not measured at the large sizes */
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
