// embed: copies a row of a table for each token: the row whose index is the id or the position of the token.

import type { StepState } from '../step-state.ts';

export function embed(state: StepState, table: number, ids: 'token' | 'position', output: number): void {
  const matrix = state.matrix(table);
  const width = matrix.columns;
  const out = state.floats(output);
  const rowIndexes = ids === 'token' ? state.plan.tokens : state.plan.positions;
  const row = new Float64Array(width);
  for (let t = 0; t < state.tokens; t++) {
    matrix.decodeRow(rowIndexes[t]!, row, 0);
    out.set(row, t * width);
  }
}
