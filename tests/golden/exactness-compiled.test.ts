// Runs the exactness matrix on the native and the WebAssembly backend with float, 8-bit and 4-bit weights, with each instruction set and with
// one and two threads.

import { describe, expect, it } from 'vitest';
import { findPublicModel } from '../../src/models/synthetic/public-models.ts';
import { COMPILED_SETS, compiled } from '../support/compiled-backends.ts';
import { shrinkModel, writeSyntheticModel } from '../support/models/small-models.ts';
import { describeWith, needsCompiled } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { AXES, coveringCells, nameOf } from './exactness/cells.ts';
import { ExactnessRig } from './exactness/rig.ts';

const CELLS = coveringCells();
const WEIGHTS = ['F32', 'Q8_0', 'Q4_K'] as const;

const folder = temporaryFolder('exact');

const writeSmallModel = (dtype: 'BF16' | 'Q4_K') =>
  writeSyntheticModel(folder, shrinkModel(findPublicModel('qwen2.5 0.5b')!), dtype);

const pathOf = async (weights: (typeof WEIGHTS)[number], instructionSet: string): Promise<string> => {
  // avx512bf16 differs from avx512 only in how it multiplies BF16 weights
  if (weights === 'F32') return instructionSet === 'avx512bf16' ? writeSmallModel('BF16') : 'tiny-gemma2';
  if (weights === 'Q8_0') return 'tiny-qwen3-q8_0.gguf';
  return writeSmallModel('Q4_K');
};

// Distributes the cells of the covering array over the models by their value of `family`, so that every triple of conditions
// still occurs. Unless QUIRE_FULL=1, each cell runs with one number of threads only, and the slow instruction set `plain`
// runs one cell in four.
const cellsOf = (modelIndex: number, instructionSet: string, threads: number) => {
  const cells = CELLS.filter(({ family }) => AXES.family.indexOf(family) % WEIGHTS.length === modelIndex);
  if (process.env.QUIRE_FULL === '1') return cells;
  const halfOfCells = cells.filter((_, i) => i % 2 === threads % 2);
  return instructionSet === 'plain' ? halfOfCells.filter((_, i) => i % 4 === 0) : halfOfCells;
};

describeWith(needsCompiled(), 'exactness of compiled kernels', () => {
  describe.each(COMPILED_SETS)('%s', (instructionSet) => {
    describe.each([1, 2])('%i threads', (threads) => {
      it.each(WEIGHTS.map((name, i) => [name, i] as const))(
        'the logits have the same bits in every combination of conditions with %s weights',
        async (name, index) => {
          const rig = await ExactnessRig.open(
            await pathOf(name, instructionSet),
            compiled({ instructionSet, threads }),
          );
          const differences: string[] = [];
          for (const cell of cellsOf(index, instructionSet, threads)) {
            const { differing } = await rig.run(cell);
            if (differing.length > 0) differences.push(`${nameOf(cell)}: ${differing.join('; ')}`);
          }
          await rig.close();
          expect(differences).toEqual([]);
        },
        300_000,
      );
    });
  });
});
