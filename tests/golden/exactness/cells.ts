// The conditions under which a sequence may be computed. Under each combination its logits must have the same bits, and the
// same tokens must be chosen from them.

import { randomInteger, randomNumbers } from '../../support/random.ts';

export const AXES = {
  // the second has a sliding window in all layers, the next two in some layers
  family: [
    'tiny-llama',
    'tiny-mistral',
    'tiny-mistral-layers',
    'tiny-qwen2-window',
    'tiny-qwen3',
    'tiny-smollm3',
    'tiny-gpt2',
  ],
  policy: ['none', 'contiguous', 'paged'],
  chunk: [1, 7, 64, 'all'],
  company: ['alone', 'strangers', 'forks'],
  preempted: [0, 2],
  drafts: [0, 3],
  prefix: ['computed', 'found', 'restored'],
  sampling: ['greedy', 'drawn', 'penalties'],
} as const;

export type Axis = keyof typeof AXES;
export type Cell = { readonly [Name in Axis]: (typeof AXES)[Name][number] };

const NAMES = Object.keys(AXES) as Axis[];

/** Returns why a combination is impossible; undefined for possible ones. */
export function meaningless({ policy, prefix }: Partial<Cell>): string | undefined {
  if (policy === 'none' && prefix === 'found') return 'without a cache no prefix is found';
  if (policy !== 'paged' && prefix === 'restored') return 'only a paged cache has a disk behind it';
  return undefined;
}

export const nameOf = (cell: Cell): string => NAMES.map((name) => `${name} ${cell[name]}`).join(', ');

/** Returns every possible combination. */
export function allCells(): Cell[] {
  let cells: Partial<Cell>[] = [{}];
  for (const name of NAMES) {
    cells = cells.flatMap((cell) => AXES[name].map((value) => ({ ...cell, [name]: value })));
  }
  return (cells as Cell[]).filter((cell) => meaningless(cell) === undefined);
}

/** Returns a covering array of strength 3: every possible triple of values occurs. Greedy, the best of some random cells each time. */
export function coveringCells(seed = 1, candidates = 60): Cell[] {
  const random = randomNumbers(seed);
  const all = allCells();
  const left = new Set(all.flatMap(triplesOf));
  const chosen: Cell[] = [];
  while (left.size > 0) {
    let best: Cell | undefined;
    let most = 0;
    for (let i = 0; i < candidates || best === undefined; i++) {
      const cell = all[randomInteger(random, all.length)]!;
      const added = triplesOf(cell).filter((triple) => left.has(triple)).length;
      if (added > most) [best, most] = [cell, added];
    }
    chosen.push(best);
    for (const triple of triplesOf(best)) left.delete(triple);
  }
  return chosen;
}

export function triplesOf(cell: Cell): string[] {
  const values = NAMES.map((name) => `${name}=${cell[name]}`);
  const triples: string[] = [];
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) {
      for (let k = j + 1; k < values.length; k++) triples.push(`${values[i]},${values[j]},${values[k]}`);
    }
  }
  return triples;
}
