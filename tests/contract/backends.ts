// The backends that the contract tests compare with the reference backend. New backends must be added here.

import type { Backend } from '../../src/kernels/backend.ts';
import { reference } from '../../src/kernels/reference/node/reference-backend.ts';
import { COMPILED_SETS, compiled } from '../support/compiled-backends.ts';

export interface ContractSubject {
  readonly name: string;
  /** Creates the backend with several configurations, for example numbers of threads, whose results must have the same bits. */
  readonly variants: () => readonly Backend[];
  /** whether activations are rounded to bf16 for BF16 weights, which requires a larger tolerance */
  readonly roundsActivations: boolean;
}

export const SUBJECTS: readonly ContractSubject[] = [
  {
    name: 'the reference backend in a worker',
    variants: () => [reference({ activations: 'int8' })],
    roundsActivations: false,
  },
  ...COMPILED_SETS.map((instructionSet) => ({
    name: `compiled kernels, ${instructionSet}`,
    variants: () => [1, 2].map((threads) => compiled({ instructionSet, threads })),
    roundsActivations: instructionSet === 'avx512bf16',
  })),
];
