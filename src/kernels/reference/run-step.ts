// One step of the reference: copy blocks, run the tape's operations in order, return what was chosen.

import { assert } from '../../base/assert.ts';
import type { StepPlan, StepResult } from '../../base/step-plan.ts';
import { type Operation, outputOf } from '../../program/program.ts';
import type { RopeTable } from '../../program/rope-table.ts';
import { attention } from './operations/attention.ts';
import { activation, add, gatherRows, mul } from './operations/elementwise.ts';
import { embed } from './operations/embed.ts';
import { linear } from './operations/linear.ts';
import { layerNorm, rmsNorm } from './operations/norm.ts';
import { quantize } from './operations/quantize.ts';
import { rope } from './operations/rope.ts';
import { select } from './select.ts';
import type { StepState } from './step-state.ts';

export function runStep(state: StepState, plan: StepPlan): StepResult {
  const started = performance.now();
  state.begin(plan);
  copyBlocks(state);
  let selection: Omit<StepResult, 'stepMs'> | undefined;
  for (const operation of state.tape.operations) {
    if (operation.kind === 'select') selection = selectTokens(state, operation.input);
    else {
      run(state, operation);
      quantizeOutput(state, operation);
    }
  }
  assert(selection !== undefined, 'a tape that chooses nothing');
  return { ...selection, stepMs: performance.now() - started };
}

function selectTokens(state: StepState, input: number): Omit<StepResult, 'stepMs'> {
  const width = state.widthOf(input);
  const rows = state.floats(input);
  const { selection, wantLogits } = state.plan;
  const selections = selection.map((row, r) => select(rows.subarray(r * width, (r + 1) * width), row));
  return {
    selected: Int32Array.from(selections, (one) => (one.outcome === 'chosen' ? one.token : 0)),
    outcomes: selections.map(({ outcome }) => outcome),
    logprobs: selections.map((one) => (one.outcome === 'chosen' ? one.logprobs : undefined)),
    ...(wantLogits ? { logits: rows.slice(0, state.rows * width) } : {}),
  };
}

function copyBlocks(state: StepState): void {
  for (const [group, pairs] of state.plan.copies.entries()) {
    for (let i = 0; i < pairs.length; i += 2) state.kv[group]!.copyBlock(pairs[i]!, pairs[i + 1]!);
  }
}

// Of a fused operation: it has left floats.
function quantizeOutput(state: StepState, operation: Operation): void {
  const output = outputOf(operation)!;
  if (operation.kind !== 'quantize' && state.isQuantized(output)) quantize(state, output, output);
}

function run(state: StepState, o: Exclude<Operation, { kind: 'select' }>): void {
  switch (o.kind) {
    case 'embed':
      return embed(state, o.table, o.by, o.output);
    case 'rmsNorm':
      return rmsNorm(state, o.input, o.weight, o.size, o.epsilon, o.output);
    case 'layerNorm':
      return layerNorm(state, o.input, o.weight, o.bias, o.epsilon, o.output);
    case 'quantize':
      return quantize(state, o.input, o.output);
    case 'linear':
      linear(state, o.input, o.weight, o.bias, o.output);
      if (o.residual !== undefined) add(state, o.output, o.residual, o.output);
      return;
    case 'rope':
      return rope(state, o.input, o.heads, o.headDim, state.tape.ropes[o.rope]!, o.output);
    case 'attention':
      if (o.rope !== undefined) turnInPlace(state, o, state.tape.ropes[o.rope]!);
      return attention(state, o, o.attention);
    case 'add':
      return add(state, o.left, o.right, o.output);
    case 'mul':
      return mul(state, o.left, o.right, o.output);
    case 'activation':
      return activation(state, o.name, o.input, o.output);
    case 'gated':
      activation(state, o.name, o.gate, o.output);
      return mul(state, o.output, o.up, o.output);
    case 'gatherRows':
      return gatherRows(state, o.input, o.output);
  }
}

function turnInPlace(state: StepState, o: Extract<Operation, { kind: 'attention' }>, table: RopeTable): void {
  const { heads, kvHeads, headDim } = o.attention;
  rope(state, o.query, heads, headDim, table, o.query);
  rope(state, o.key, kvHeads, headDim, table, o.key);
}
