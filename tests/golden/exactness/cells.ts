// The cells of the exactness matrix: combinations of the conditions under which a sequence may be computed. In every cell
// its logits must have the same bits and the same tokens must be selected.

import { randomInteger, randomNumbers } from '../../support/random.ts';

export const AXES = {
  // tiny-mistral has a sliding window in all layers, tiny-mistral-layers and tiny-qwen2-window in some layers, and tiny-gemma3
  // in some layers with another rotary embedding. tiny-gemma2 limits the attention scores. After a plus sign is the LoRA adapter
  // of the sequence; every second of the unrelated sequences has none.
  family: [
    'tiny-llama',
    'tiny-mistral',
    'tiny-mistral-layers',
    'tiny-qwen2-window',
    'tiny-qwen3',
    'tiny-smollm3',
    'tiny-gemma2',
    'tiny-gemma3',
    'tiny-gpt2',
    'tiny-qwen2+plain',
  ],
  policy: ['none', 'contiguous', 'paged'],
  chunk: [1, 7, 64, 'all'],
  concurrent: ['none', 'unrelated', 'forks'],
  preempted: [0, 2],
  drafts: [0, 3],
  prefix: ['computed', 'cached', 'restored'],
  sampling: ['greedy', 'sampled', 'penalties'],
} as const;

export type Axis = keyof typeof AXES;
export type Cell = { readonly [Name in Axis]: (typeof AXES)[Name][number] };

const AXIS_NAMES = Object.keys(AXES) as Axis[];

/** Returns the reason why a combination is impossible; undefined if it is possible. */
export function impossibleReason({ policy, prefix }: Partial<Cell>): string | undefined {
  if (policy === 'none' && prefix === 'cached') return 'without a cache no prefix is cached';
  if (policy !== 'paged' && prefix === 'restored') return 'only a paged cache can offload to disk';
  return undefined;
}

export const nameOf = (cell: Cell): string => AXIS_NAMES.map((name) => `${name} ${cell[name]}`).join(', ');

/** Returns every possible combination. */
export function allCells(): Cell[] {
  let cells: Partial<Cell>[] = [{}];
  for (const name of AXIS_NAMES) {
    cells = cells.flatMap((cell) => AXES[name].map((value) => ({ ...cell, [name]: value })));
  }
  return (cells as Cell[]).filter((cell) => impossibleReason(cell) === undefined);
}

/**
 * Returns a covering array of strength 3: every possible triple of values occurs. Built greedily: each step adds the random
 * candidate that contains the most uncovered triples.
 */
export function coveringCells(seed = 1, candidates = 60): Cell[] {
  const random = randomNumbers(seed);
  const all = allCells();
  const uncovered = new Set(all.flatMap(triplesOf));
  const selected: Cell[] = [];
  while (uncovered.size > 0) {
    let best: Cell | undefined;
    let maxAdded = 0;
    for (let i = 0; i < candidates || best === undefined; i++) {
      const cell = all[randomInteger(random, all.length)]!;
      const added = triplesOf(cell).filter((triple) => uncovered.has(triple)).length;
      if (added > maxAdded) [best, maxAdded] = [cell, added];
    }
    selected.push(best);
    for (const triple of triplesOf(best)) uncovered.delete(triple);
  }
  return selected;
}

/** Returns every combination of three conditions of a cell. */
export function triplesOf(cell: Cell): string[] {
  const values = AXIS_NAMES.map((name) => `${name}=${cell[name]}`);
  const triples: string[] = [];
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) {
      for (let k = j + 1; k < values.length; k++) triples.push(`${values[i]},${values[j]},${values[k]}`);
    }
  }
  return triples;
}
