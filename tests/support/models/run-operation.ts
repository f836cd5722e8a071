// Runs single operations of the reference backend. The inputs of an operation are embedding tables, so that token t
// selects row t of each table.

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

export interface OperationOptions {
  readonly kvGroup?: KvGroup;
  readonly blockSize?: number;
  readonly blocks?: number;
  readonly activations?: Target['activations'];
}

const MAX_TOKENS = 64;

/** Returns the state that runs a program whose result is the value that `build` returns. */
export function createOperationState(
  tensors: readonly StoredTensor[],
  build: (b: ProgramBuilder) => ValueId,
  options: OperationOptions = {},
): StepState {
  const kvGroups = options.kvGroup === undefined ? [] : [options.kvGroup];
  const b = new ProgramBuilder(new Map(tensors.map(({ info }) => [info.name, info])), kvGroups);
  const program = lower(b.select(build(b)), { activations: options.activations ?? 'float' });
  const layout = { groups: kvGroups, dtype: 'f32' as const, blockSize: options.blockSize ?? 16 };
  const tape = emitTape(program, { tokens: MAX_TOKENS, rows: MAX_TOKENS }, MAX_TOKENS);
  const storedTensors = new Map(tensors.map(({ info, bytes }) => [info.name, bytes]));
  const state = new StepState(tape, storedTensors, layout, [options.blocks ?? 8], MAX_TOKENS);
  for (const group of kvGroups) {
    // Initial memory contents must not affect results.
    state.kv[0]!.data.fill(Number.NaN, 0, (options.blocks ?? 8) * kvBlockElements(layout, group));
  }
  return state;
}

/** Runs a step and returns the rows of the program's result. */
export function runPlan(state: StepState, plan: StepPlan): Float32Array {
  return runStep(state, { ...plan, wantLogits: true }).logits!;
}

/** Runs one step of the tokens 0 to `count` - 1 and returns their rows. */
export const runTokens = (state: StepState, count: number): Float32Array =>
  runPlan(state, tokensPlan(Array.from({ length: count }, (_, t) => t)));

/** Embeds a table: token t selects row t. */
export function embedInput(b: ProgramBuilder, { info }: StoredTensor): ValueId {
  return b.embed(info.name, 'token', info.shape[0]!, info.shape[1]!);
}
