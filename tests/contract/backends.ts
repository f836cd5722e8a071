// The backends that the contract tests run. A new backend needs an entry here.

import type { Backend } from '../../src/kernels/backend.ts';
import { instructionSets, native } from '../../src/kernels/native/node/native-backend.ts';
import { reference } from '../../src/kernels/reference/node/reference-backend.ts';

export interface ContractSubject {
  readonly name: string;
  /** The same backend in different configurations, for example numbers of threads. Results must have the same bits. */
  readonly variants: () => readonly Backend[];
  /** activations are rounded to bf16 for BF16 weights, which needs a larger tolerance */
  readonly roundsActivations: boolean;
}

export const SUBJECTS: readonly ContractSubject[] = [
  {
    name: 'the reference backend in a worker',
    variants: () => [reference({ activations: 'int8' })],
    roundsActivations: false,
  },
  ...instructionSets().map((instructionSet) => ({
    name: `the native backend, ${instructionSet}`,
    variants: () => [1, 2].map((threads) => native({ instructionSet, threads })),
    roundsActivations: instructionSet === 'avx512bf16',
  })),
];
