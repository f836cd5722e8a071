// Runs one step of the reference backend: copies blocks, runs the operations in order, and returns the chosen tokens.

import { assert } from '../../base/assert.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import type { StepPlan, StepResult } from '../../base/step/step-plan.ts';
import { canWrite, outputOf } from '../../program/operands.ts';
import type { Operation, OperationKind, OperationOf } from '../../program/operations.ts';
import { attention } from './operations/attention.ts';
import { activation, add, gatherRows, mul, scale } from './operations/elementwise.ts';
import { embed } from './operations/embed.ts';
import { linear } from './operations/linear.ts';
import { loraDown, loraUp } from './operations/lora.ts';
import { layerNorm, rmsNorm } from './operations/norm.ts';
import { quantize } from './operations/quantize.ts';
import { rope } from './operations/rope.ts';
import { select } from './select.ts';
import type { StepState } from './step-state.ts';

export function runStep(state: StepState, plan: StepPlan): StepResult {
  const started = performance.now();
  state.begin(plan);
  copyBlocks(state);
  for (const operation of state.tape.operations) {
    runOperation(state, operation);
    quantizeOutput(state, operation);
  }
  assert(state.selection !== undefined, 'the tape has no select operation');
  const { selection, vectors } = state;
  return { ...selection, ...omitUndefined({ vectors }), stepMs: performance.now() - started };
}

function copyBlocks(state: StepState): void {
  for (const [group, groupCopies] of state.plan.copies.entries()) {
    for (let i = 0; i < groupCopies.length; i += 2)
      state.kv[group]!.copyBlock(groupCopies[i]!, groupCopies[i + 1]!);
  }
}

// Quantizes the output of a fused operation, which has written floats.
function quantizeOutput(state: StepState, operation: Operation): void {
  const output = outputOf(operation);
  if (output !== undefined && state.isQuantized(output) && canWrite(operation.kind, 'f32'))
    quantize(state, output, output);
}

const runOperation = <Kind extends OperationKind>(state: StepState, operation: OperationOf<Kind>): void =>
  RUNNERS[operation.kind](state, operation);

type Runner<Kind extends OperationKind> = (state: StepState, operation: OperationOf<Kind>) => void;

const RUNNERS: { readonly [Kind in OperationKind]: Runner<Kind> } = {
  embed: (state, { table, ids, output }) => embed(state, table, ids, output),
  rmsNorm: (state, { input, weight, size, epsilon, output }) =>
    rmsNorm(state, input, weight, size, epsilon, output),
  layerNorm: (state, { input, weight, bias, epsilon, output }) =>
    layerNorm(state, input, weight, bias, epsilon, output),
  quantize: (state, { input, output }) => quantize(state, input, output),
  linear: (state, { input, weight, bias, residual, lora, target, output }) => {
    linear(state, input, weight, bias, output);
    if (lora !== undefined && target !== undefined) loraUp(state, lora, target, output);
    if (residual !== undefined) add(state, output, residual, output);
  },
  rope: (state, { input, heads, headDim, rope: table, output }) =>
    rope(state, input, heads, headDim, state.tape.ropes[table]!, output),
  attention: (state, operands) => {
    const { query, key, attention: shape, rope: ropeId } = operands;
    if (ropeId !== undefined) {
      const table = state.tape.ropes[ropeId]!;
      rope(state, query, shape.heads, shape.headDim, table, query); // in place
      rope(state, key, shape.kvHeads, shape.headDim, table, key);
    }
    attention(state, operands, shape);
  },
  add: (state, { left, right, output }) => add(state, left, right, output),
  mul: (state, { left, right, output }) => mul(state, left, right, output),
  activation: (state, { name, input, output }) => activation(state, name, input, output),
  gated: (state, { name, gate, up, output }) => {
    activation(state, name, gate, output);
    mul(state, output, up, output);
  },
  gatherRows: (state, { input, output }) => gatherRows(state, input, output),
  select: (state, { input }) => selectTokens(state, input),
  scale: (state, { input, factor, output }) => scale(state, input, factor, output),
  loraDown: (state, { input, target, output }) => loraDown(state, input, target, output),
  readRows: (state, { input }) => readRows(state, input),
};

function selectTokens(state: StepState, input: number): void {
  const width = state.widthOf(input);
  const rows = state.floats(input);
  const { selection, wantLogits } = state.plan;
  const selections = selection.map((row, r) => select(rows.subarray(r * width, (r + 1) * width), row));
  state.selection = {
    selected: Int32Array.from(selections, (result) => (result.outcome === 'chosen' ? result.token : 0)),
    outcomes: selections.map(({ outcome }) => outcome),
    logprobs: selections.map((result) => (result.outcome === 'chosen' ? result.logprobs : undefined)),
    ...(wantLogits ? { logits: rows.slice(0, state.rows * width) } : {}),
  };
}

function readRows(state: StepState, input: number): void {
  const { vectorRows = new Int32Array(0) } = state.plan;
  if (vectorRows.length === 0) return;
  const width = state.widthOf(input);
  const rows = state.floats(input);
  state.vectors = new Float32Array(vectorRows.length * width);
  for (const [to, row] of vectorRows.entries())
    state.vectors.set(rows.subarray(row * width, (row + 1) * width), to * width);
}
