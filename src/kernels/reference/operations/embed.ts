// embed: reads one row of a table for each token, by its id or its position.

import type { StepState } from '../step-state.ts';

export function embed(state: StepState, table: number, by: 'token' | 'position', output: number): void {
  const matrix = state.matrix(table);
  const width = matrix.columns;
  const out = state.floats(output);
  const ids = by === 'token' ? state.plan.tokens : state.plan.positions;
  const row = new Float64Array(width);
  for (let t = 0; t < state.tokens; t++) {
    matrix.decodeRow(ids[t]!, row, 0);
    out.set(row, t * width);
  }
}
