// Lays out the work of a step in the flat arrays that are passed to the backend.

import type { StepPlan } from '../base/step/step-plan.ts';
import type { BlockCopies } from '../kv/block-copies.ts';
import type { Sequence } from './sequence.ts';

/** The work of one sequence in a step. */
export interface SequenceWork {
  readonly sequence: Sequence;
  /** number of the sequence's own tokens to compute */
  readonly count: number;
  /** draft tokens after them, verified in the same step */
  readonly drafts: Int32Array;
  /** sequences that become its forks in this step; each has its own row of logits */
  readonly forks: readonly Sequence[];
}

/** The work of a sequence together with the position of its rows of logits. */
export interface PlannedWork extends SequenceWork {
  /** index of its first row of logits; undefined when no token is chosen in this step */
  readonly firstRow: number | undefined;
}

/** A row of logits from which a token is chosen. */
export interface ChoosingRow {
  readonly sequence: Sequence;
  /** the text before the token, drafts included. [any] */
  readonly tokens: Int32Array;
  /** how many of the last tokens are drafts */
  readonly drafts: number;
}

/** A step without the sampling parameters, which the engine adds. */
export interface ScheduledStep {
  readonly work: readonly PlannedWork[];
  /** in order of `plan.logitsRows`: for each sequence its own row, then those of its forks, then those of its drafts */
  readonly rows: readonly ChoosingRow[];
  readonly plan: Omit<StepPlan, 'selection' | 'wantLogits'>;
}

/** @param copies block copies that precede the step; cleared */
export function buildStepPlan(work: readonly SequenceWork[], copies: BlockCopies): ScheduledStep {
  let total = 0;
  let maxBlocks = 0;
  for (const { sequence, count, drafts } of work) {
    total += count + drafts.length;
    maxBlocks = Math.max(maxBlocks, sequence.kv!.tables[0]!.end);
  }
  const tokens = new Int32Array(total);
  const positions = new Int32Array(total);
  const queryStart = new Int32Array(work.length + 1);
  const contextLength = new Int32Array(work.length);
  const blockTable = copies.groups.map(() => new Int32Array(work.length * maxBlocks));
  const logitsRows: number[] = [];
  const rows: ChoosingRow[] = [];
  const planned: PlannedWork[] = [];
  let at = 0;
  for (let s = 0; s < work.length; s++) {
    const one = work[s]!;
    const { sequence, count, drafts } = one;
    const { computed, tables } = sequence.kv!;
    const all = sequence.tokens;
    tokens.set(all.subarray(computed, computed + count), at);
    tokens.set(drafts, at + count);
    for (let i = 0; i < count + drafts.length; i++) positions[at + i] = computed + i;
    const chooses = computed + count === all.length;
    planned.push({ sequence, count, drafts, forks: one.forks, firstRow: chooses ? rows.length : undefined });
    if (chooses) addRows(one, all, at + count - 1, rows, logitsRows);
    at += count + drafts.length;
    queryStart[s + 1] = at;
    contextLength[s] = computed + count + drafts.length;
    for (const [group, { blocks, first, end }] of tables.entries()) {
      blockTable[group]!.set(blocks.subarray(first, end), s * maxBlocks + first);
    }
  }
  const plan = {
    tokens,
    positions,
    queryStart,
    contextLength,
    maxBlocks,
    blockTable,
    copies: copies.drain(),
    logitsRows: Int32Array.from(logitsRows),
  };
  return { work: planned, rows, plan };
}

function addRows(
  { sequence, drafts, forks }: SequenceWork,
  tokens: Int32Array,
  last: number,
  rows: ChoosingRow[],
  logitsRows: number[],
): void {
  rows.push({ sequence, tokens, drafts: 0 });
  logitsRows.push(last);
  for (const fork of forks) {
    rows.push({ sequence: fork, tokens, drafts: 0 });
    logitsRows.push(last);
  }
  if (drafts.length === 0) return;
  const withDrafts = new Int32Array(tokens.length + drafts.length);
  withDrafts.set(tokens);
  withDrafts.set(drafts, tokens.length);
  for (let i = 1; i <= drafts.length; i++) {
    rows.push({ sequence, tokens: withDrafts.subarray(0, tokens.length + i), drafts: i });
    logitsRows.push(last + i);
  }
}
