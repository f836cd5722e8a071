// The exactness matrix on the native backend: float, 8-bit and 4-bit weights, each instruction set, one thread and two.

import { describe, expect, it } from 'vitest';
import { instructionSets, native } from '../../src/kernels/native/node/native-backend.ts';
import { findShape } from '../../src/models/synthetic/public-shapes.ts';
import { inSmall, writeSynthetic } from '../support/models/small-models.ts';
import { describeWith, needsNative } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { AXES, coveringCells, nameOf } from './exactness/cells.ts';
import { ExactnessRig } from './exactness/rig.ts';

const CELLS = coveringCells();
const MODELS = ['F32', 'Q8_0', 'Q4_K'] as const;

const folder = temporaryFolder('exact');

const small = (dtype: 'BF16' | 'Q4_K') => writeSynthetic(folder, inSmall(findShape('qwen2.5 0.5b')!), dtype);

const pathOf = async (model: (typeof MODELS)[number], instructionSet: string): Promise<string> => {
  // avx512bf16 differs from avx512 in the multiplication of BF16 only
  if (model === 'F32') return instructionSet === 'avx512bf16' ? small('BF16') : 'tiny-mistral-layers';
  if (model === 'Q8_0') return 'tiny-qwen3-q8_0.gguf';
  return small('Q4_K');
};

// The families of the covering array are distributed over the models, so that every triple of conditions still occurs. Except
// in the full run, each cell runs with one number of threads, and one in four of them in plain C++, which is slow.
const cellsOf = (model: number, instructionSet: string, threads: number) => {
  const cells = CELLS.filter(({ family }) => AXES.family.indexOf(family) % MODELS.length === model);
  if (process.env.QUIRE_FULL === '1') return cells;
  const own = cells.filter((_, i) => i % 2 === threads % 2);
  return instructionSet === 'plain' ? own.filter((_, i) => i % 4 === 0) : own;
};

describeWith(needsNative(), 'native', () => {
  describe.each(instructionSets())('%s', (instructionSet) => {
    describe.each([1, 2])('%i threads', (threads) => {
      it.each(MODELS.map((name, i) => [name, i] as const))(
        'the logits have the same bits under every condition with %s weights',
        async (name, index) => {
          const rig = await ExactnessRig.open(
            await pathOf(name, instructionSet),
            native({ instructionSet, threads }),
          );
          const wrong: string[] = [];
          for (const cell of cellsOf(index, instructionSet, threads)) {
            const { differing } = await rig.run(cell);
            if (differing.length > 0) wrong.push(`${nameOf(cell)}: ${differing.join('; ')}`);
          }
          await rig.close();
          expect(wrong).toEqual([]);
        },
        300_000,
      );
    });
  });
});
