// One operation of the reference at a time: its inputs are tables that `embed` looks up by token, so token t
// brings row t of each table.

import { type KvGroup, kvBlockElements } from '../../../src/base/model/kv-layout.ts';
import type { StepPlan } from '../../../src/base/step/step-plan.ts';
import { runStep } from '../../../src/kernels/reference/run-step.ts';
import { StepState } from '../../../src/kernels/reference/step-state.ts';
import { ProgramBuilder } from '../../../src/program/builder.ts';
import { lower, type Target } from '../../../src/program/lower.ts';
import type { ValueId } from '../../../src/program/program.ts';
import { emitTape } from '../../../src/program/tape.ts';
import { tokensPlan } from './step-plans.ts';
import type { StoredTensor } from './tensors.ts';

export interface BenchOptions {
  readonly kvGroup?: KvGroup;
  readonly blockSize?: number;
  readonly blocks?: number;
  readonly activations?: Target['activations'];
}

const MOST_TOKENS = 64;

/** Builds the program that `body` writes; it ends with the value whose rows are asked for. */
export function bench(
  tensors: readonly StoredTensor[],
  body: (b: ProgramBuilder) => ValueId,
  options: BenchOptions = {},
): StepState {
  const kvGroups = options.kvGroup === undefined ? [] : [options.kvGroup];
  const b = new ProgramBuilder(new Map(tensors.map(({ info }) => [info.name, info])), kvGroups);
  const program = lower(b.select(body(b)), { activations: options.activations ?? 'float' });
  const layout = { groups: kvGroups, dtype: 'f32' as const, blockSize: options.blockSize ?? 16 };
  const tape = emitTape(program, { tokens: MOST_TOKENS, rows: MOST_TOKENS }, MOST_TOKENS);
  const stored = new Map(tensors.map(({ info, bytes }) => [info.name, bytes]));
  const state = new StepState(tape, stored, layout, [options.blocks ?? 8], MOST_TOKENS);
  for (const group of kvGroups) {
    // What lies in memory before must not matter.
    state.kv[0]!.data.fill(Number.NaN, 0, (options.blocks ?? 8) * kvBlockElements(layout, group));
  }
  return state;
}

/** Runs a step; the rows of the value that the program ends with. */
export function rowsAfter(state: StepState, plan: StepPlan): Float32Array {
  return runStep(state, { ...plan, wantLogits: true }).logits!;
}

/** The rows for tokens 0 to `count` - 1 in one step. */
export const rowsOf = (state: StepState, count: number): Float32Array =>
  rowsAfter(state, tokensPlan(Array.from({ length: count }, (_, t) => t)));

/** Embeds a table, each row of it under its own token. */
export function input(b: ProgramBuilder, { info }: StoredTensor): ValueId {
  return b.embed(info.name, 'token', info.shape[0]!, info.shape[1]!);
}
