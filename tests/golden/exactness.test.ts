// Runs cells of the exactness matrix. Under each combination of conditions, the logits of every selected token must have the
// same bits as when the same text is computed in one step, without other requests and without a cache. The cells of this
// test contain every possible triple of conditions; `npm run test:matrix` runs all cells.

import { afterAll, describe, expect, it } from 'vitest';
import {
  AXES,
  allCells,
  type Cell,
  coveringCells,
  impossibleReason,
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

describe.each(AXES.family)('exactness of %s', (family) => {
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

// Checks that the conditions of the cell occurred. Otherwise the cell would not test them.
function expectConditions(cell: Cell, outcome: Awaited<ReturnType<ExactnessRig['run']>>): void {
  expect(outcome.rows).toBeGreaterThanOrEqual(18);
  expect(outcome.preemptions).toBe(cell.preempted);
  // Without a cache, the chunks of recomputed prompts use the whole token budget, so no draft tokens are computed.
  const hasNoBudget = cell.policy === 'none' && cell.concurrent !== 'none' && cell.chunk !== 'all';
  if (!hasNoBudget) expect(outcome.draftedTokens > 0).toBe(cell.drafts > 0);
  if (cell.prefix === 'cached') expect(outcome.cachedTokens).toBe(50);
  if (cell.prefix === 'restored') expect([outcome.cachedTokens, outcome.diskTokens]).toEqual([48, 48]);
}

it('coveringCells covers every possible triple of conditions with less than a tenth of the cells', () => {
  const covered = new Set(CELLS.flatMap(triplesOf));
  const needed = new Set(allCells().flatMap(triplesOf));
  expect([...needed].filter((triple) => !covered.has(triple))).toEqual([]);
  expect(CELLS.length).toBeLessThan(allCells().length / 10);
});

it('allCells excludes impossible combinations', () => {
  expect(impossibleReason({ policy: 'none', prefix: 'cached' })).toMatch(/no prefix is cached/);
  expect(impossibleReason({ policy: 'contiguous', prefix: 'restored' })).toMatch(/only a paged cache/);
  expect(allCells()).toHaveLength(AXES.family.length * (1296 - 144 - 288));
});
