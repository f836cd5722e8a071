// The backends that can run on this machine: the native backend with each instruction set, the best first, WebAssembly, and
// the reference backend.

import { instructionSets } from '../../../kernels/native/node/native-backend.ts';
import { wasmUnavailable } from '../../../kernels/wasm/node/wasm-backend.ts';
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
  const wasm: Candidate[] =
    wasmUnavailable() === undefined ? [{ name: 'wasm', choice: { backend: 'wasm' }, slow: false }] : [];
  return [...native, ...wasm, { name: 'reference', choice: { backend: 'reference' }, slow: true }];
}
