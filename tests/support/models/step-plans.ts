// Creates step plans for tests.

import type { SelectionRow } from '../../../src/base/step/selection.ts';
import type { StepPlan } from '../../../src/base/step/step-plan.ts';
import { GREEDY_ROW } from '../../../src/sampler/check-row.ts';

export const GREEDY: SelectionRow = GREEDY_ROW;

/** One sequence of a step: the step computes `tokens` from index `from` on; `blocks` is the sequence's block table. */
export interface SequencePart {
  readonly tokens: readonly number[];
  readonly from: number;
  readonly blocks: readonly number[];
  /** slot of its adapter; none by default */
  readonly adapter?: number;
}

/** Returns a plan with a row of logits for every token; all layer groups use the same blocks. */
export function planOf(parts: readonly SequencePart[], copies: readonly number[] = [], groups = 1): StepPlan {
  const computedTokens = parts.map(({ tokens, from }) => tokens.slice(from));
  const tokens = Int32Array.from(computedTokens.flat());
  const maxBlocks = Math.max(1, ...parts.map(({ blocks }) => blocks.length));
  const table = parts.flatMap(({ blocks }) => [
    ...blocks,
    ...new Array<number>(maxBlocks - blocks.length).fill(0),
  ]);
  const queryStart = new Int32Array(parts.length + 1);
  computedTokens.forEach(({ length }, s) => {
    queryStart[s + 1] = queryStart[s]! + length;
  });
  return {
    tokens,
    positions: Int32Array.from(parts.flatMap(({ from }, s) => computedTokens[s]!.map((_, i) => from + i))),
    queryStart,
    contextLength: Int32Array.from(parts.map((part) => part.tokens.length)),
    adapter: Int32Array.from(parts.map(({ adapter = -1 }) => adapter)),
    maxBlocks,
    blockTable: Array.from({ length: groups }, () => Int32Array.from(table)),
    copies: Array.from({ length: groups }, () => Int32Array.from(copies)),
    logitsRows: Int32Array.from(tokens, (_, row) => row),
    selection: Array.from(tokens, () => GREEDY),
    wantLogits: true,
  };
}

/** Returns a plan of one sequence from its first token, for operations without a cache. */
export const tokensPlan = (tokens: readonly number[]): StepPlan =>
  planOf([{ tokens, from: 0, blocks: tokens }]);
