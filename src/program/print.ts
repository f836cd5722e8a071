// Formats a program as text, one operation per line, for `quire inspect --program`.

import { inputsOf, outputOf, weightsOf } from './operands.ts';
import type { Operation } from './operations.ts';
import type { Program, ValueId, WeightId } from './program.ts';

/** Returns the program as text. */
export function printProgram(program: Program): string {
  const value = (id: ValueId): string => {
    const { name, rows, width, dtype } = program.values[id]!;
    return `${name}[${rows}, ${width}]${dtype === 'q8' ? ':q8' : ''}`;
  };
  const weight = (id: WeightId): string => {
    const { tensor, dtype, kind, rowOffset, rows, columns } = program.weights[id]!;
    const slice = rowOffset > 0 ? `@${rowOffset}` : '';
    return `${tensor}${slice}[${kind === 'vector' ? rows : `${rows}, ${columns}`}]:${dtype}`;
  };
  return program.operations
    .map((operation) => {
      const output = outputOf(operation);
      const operands = [...inputsOf(operation).map(value), ...weightsOf(operation).map(weight)];
      const call = `${nameOf(operation)}(${operands.join(', ')})`;
      return output === undefined ? call : `${value(output)} = ${call}`;
    })
    .join('\n');
}

// The name includes fused operations that the operands do not show.
const nameOf = (operation: Operation): string =>
  operation.kind === 'attention' && operation.rope !== undefined
    ? 'rope+attention'
    : operation.kind === 'gated'
      ? `gated ${operation.name}`
      : operation.kind;
