// The exactness matrix: under each combination of conditions the logits of every chosen token have the bits of the same text
// computed in one step, alone and without a cache. Here every possible triple of conditions occurs; `npm run test:matrix`
// runs all combinations.

import { afterAll, describe, expect, it } from 'vitest';
import {
  AXES,
  allCells,
  type Cell,
  coveringCells,
  meaningless,
  nameOf,
  triplesOf,
} from './exactness/cells.ts';
import { ExactnessRig } from './exactness/rig.ts';

const CELLS = coveringCells();
const rigs = new Map<string, Promise<ExactnessRig>>();
const rigOf = (family: string): Promise<ExactnessRig> => {
  const rig = rigs.get(family) ?? ExactnessRig.open(family);
  rigs.set(family, rig);
  return rig;
};

afterAll(async () => {
  for (const rig of rigs.values()) await (await rig).close();
});

describe.each(AXES.family)('%s', (family) => {
  const cells = CELLS.filter((cell) => cell.family === family);
  it.each(cells.map((cell) => [nameOf(cell), cell] as const))(
    'the logits have the same bits with %s',
    async (_, cell) => {
      const outcome = await (await rigOf(family)).run(cell);
      expect(outcome.differing).toEqual([]);
      expectConditions(cell, outcome);
    },
    60_000,
  );
});

// Checks that the conditions of the cell did occur, without which the cell proves nothing.
function expectConditions(cell: Cell, outcome: Awaited<ReturnType<ExactnessRig['run']>>): void {
  expect(outcome.rows).toBeGreaterThanOrEqual(18);
  expect(outcome.preemptions).toBe(cell.preempted);
  // Without a cache, prompts recomputed in chunks use the whole budget, which leaves none for drafts.
  const crowded = cell.policy === 'none' && cell.company !== 'alone' && cell.chunk !== 'all';
  if (!crowded) expect(outcome.draftedTokens > 0).toBe(cell.drafts > 0);
  if (cell.prefix === 'found') expect(outcome.cachedTokens).toBe(50);
  if (cell.prefix === 'restored') expect([outcome.cachedTokens, outcome.diskTokens]).toEqual([48, 48]);
}

it('covers every possible triple of conditions with a tenth of the cells', () => {
  const covered = new Set(CELLS.flatMap(triplesOf));
  const needed = new Set(allCells().flatMap(triplesOf));
  expect([...needed].filter((triple) => !covered.has(triple))).toEqual([]);
  expect(CELLS.length).toBeLessThan(allCells().length / 10);
});

it('excludes impossible combinations', () => {
  expect(meaningless({ policy: 'none', prefix: 'found' })).toMatch(/no prefix is found/);
  expect(meaningless({ policy: 'contiguous', prefix: 'restored' })).toMatch(/only a paged cache/);
  expect(allCells()).toHaveLength(AXES.family.length * (1296 - 144 - 288));
});
