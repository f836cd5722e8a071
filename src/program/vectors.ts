// The pass for embeddings: adds the operations that return the vectors of tokens, which are the normalized outputs of the last
// layer. They are computed for all tokens of a step, because the rows of logits need not include them.

import { assert } from '../base/assert.ts';
import type { Operation, OperationOf } from './operations.ts';
import type { Program, Value } from './program.ts';

/** Returns the program with an operation `readRows`, whose rows are those before the output head. */
export function addVectorRows(program: Program): Program {
  const { operations, values } = program;
  const index = operations.findIndex(({ kind }) => kind === 'gatherRows');
  const gather = operations[index];
  assert(gather?.kind === 'gatherRows', 'the program has no rows of logits');
  const norm = operations.find((operation) => isNorm(operation) && operation.input === gather.output);
  assert(norm !== undefined && isNorm(norm), 'the program does not normalize the rows of logits');
  const { width } = values[gather.input]!;
  const vectors: Value = { name: 'vectors', rows: 'T', width, dtype: 'f32' };
  const added: readonly Operation[] = [
    { ...norm, input: gather.input, output: values.length },
    { kind: 'readRows', input: values.length },
  ];
  return {
    ...program,
    values: [...values, vectors],
    operations: [...operations.slice(0, index), ...added, ...operations.slice(index)],
  };
}

const isNorm = (operation: Operation): operation is OperationOf<'rmsNorm'> | OperationOf<'layerNorm'> =>
  operation.kind === 'rmsNorm' || operation.kind === 'layerNorm';
