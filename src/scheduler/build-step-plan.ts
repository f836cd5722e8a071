// Writes the work of a step to the flat arrays that the backend requires.

import type { StepPlan } from '../base/step/step-plan.ts';
import type { BlockCopies } from '../kv/block-copies.ts';
import type { Sequence } from './sequence.ts';

/** The work of one sequence in a step. */
export interface SequenceWork {
  readonly sequence: Sequence;
  /** number of tokens of the sequence to compute, without drafts */
  readonly count: number;
  /** draft tokens after the tokens of the sequence, verified in the same step */
  readonly drafts: Int32Array;
  /** forks of the sequence that start in this step; for each fork another token is selected from the same logits */
  readonly forks: readonly Sequence[];
}

/** The work of a sequence, and the index of its rows of logits. */
export interface PlannedWork extends SequenceWork {
  /** index of its first row of logits; undefined if no token is selected in this step */
  readonly firstRow: number | undefined;
  /** range of its vectors among those of the step; empty if it has none */
  readonly vectors: readonly [from: number, to: number];
}

/** A row of logits from which a token is selected. */
export interface LogitsRow {
  readonly sequence: Sequence;
  /** all tokens before the selected token, drafts included. [any] */
  readonly tokens: Int32Array;
  /** number of drafts at the end of `tokens` */
  readonly drafts: number;
}

/** A step without the sampling parameters, which the engine adds. */
export interface ScheduledStep {
  readonly work: readonly PlannedWork[];
  /** in the order of `plan.logitsRows`: for each sequence one row, then the rows of its forks, then those of its drafts */
  readonly rows: readonly LogitsRow[];
  readonly plan: Omit<StepPlan, 'selection' | 'wantLogits'>;
}

/**
 * Returns the plan of a step.
 * @param copies block copies that are made before the tokens are computed; this call clears them
 */
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
  const adapter = new Int32Array(work.length);
  const blockTable = copies.groups.map(() => new Int32Array(work.length * maxBlocks));
  const logitsRows: number[] = [];
  const vectorRows: number[] = [];
  const rows: LogitsRow[] = [];
  const planned: PlannedWork[] = [];
  let offset = 0;
  for (let s = 0; s < work.length; s++) {
    const item = work[s]!;
    const { sequence, count, drafts } = item;
    const { computed, tables } = sequence.kv!;
    const sequenceTokens = sequence.tokens;
    tokens.set(sequenceTokens.subarray(computed, computed + count), offset);
    tokens.set(drafts, offset + count);
    for (let i = 0; i < count + drafts.length; i++) positions[offset + i] = computed + i;
    const isComplete = computed + count === sequenceTokens.length;
    const selectsToken = isComplete && sequence.vectors === undefined;
    const firstVector = vectorRows.length;
    if (sequence.vectors === 'all') for (let i = 0; i < count; i++) vectorRows.push(offset + i);
    else if (sequence.vectors === 'last' && isComplete) vectorRows.push(offset + count - 1);
    const vectors = [firstVector, vectorRows.length] as const;
    planned.push({ ...item, firstRow: selectsToken ? rows.length : undefined, vectors });
    if (selectsToken) addRows(item, offset + count - 1, rows, logitsRows);
    offset += count + drafts.length;
    queryStart[s + 1] = offset;
    adapter[s] = sequence.adapter;
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
    adapter,
    maxBlocks,
    blockTable,
    copies: copies.drain(),
    logitsRows: Int32Array.from(logitsRows),
    ...(vectorRows.length === 0 ? {} : { vectorRows: Int32Array.from(vectorRows) }),
  };
  return { work: planned, rows, plan };
}

// Adds the rows of a sequence, its forks and its drafts. `lastIndex` is the index in the step of its last token.
function addRows(
  { sequence, drafts, forks }: SequenceWork,
  lastIndex: number,
  rows: LogitsRow[],
  logitsRows: number[],
): void {
  const { tokens } = sequence;
  rows.push({ sequence, tokens, drafts: 0 });
  logitsRows.push(lastIndex);
  for (const fork of forks) {
    rows.push({ sequence: fork, tokens, drafts: 0 });
    logitsRows.push(lastIndex);
  }
  if (drafts.length === 0) return;
  const withDrafts = new Int32Array(tokens.length + drafts.length);
  withDrafts.set(tokens);
  withDrafts.set(drafts, tokens.length);
  for (let i = 1; i <= drafts.length; i++) {
    rows.push({ sequence, tokens: withDrafts.subarray(0, tokens.length + i), drafts: i });
    logitsRows.push(lastIndex + i);
  }
}
