// The pass that selects the arithmetic of a target: for `int8`, it inserts a `quantize` before each linear layer with
// quantized weights, so that products are computed with integers. No other pass changes the bits of results.

import { DTYPES } from '../base/model/dtypes.ts';
import type { Operation } from './operations.ts';
import type { Program, Value, ValueId } from './program.ts';

export interface Target {
  /** `float`: activations are f32; `int8`: activations are quantized for linear layers with quantized weights */
  readonly activations: 'float' | 'int8';
}

/** Returns the program with the arithmetic of `target`. */
export function lower(program: Program, target: Target): Program {
  if (target.activations === 'float') return program;
  const values: Value[] = [...program.values];
  const operations: Operation[] = [];
  const quantized = new Map<ValueId, ValueId>();

  // Linear layers that read the same value (Q, K and V; gate and up) share the quantized value.
  const quantizeInput = (input: ValueId): ValueId => {
    const existing = quantized.get(input);
    if (existing !== undefined) return existing;
    const source = values[input]!;
    const output = values.push({ ...source, name: `${source.name}.q8`, dtype: 'q8' }) - 1;
    operations.push({ kind: 'quantize', input, output });
    quantized.set(input, output);
    return output;
  };

  const isFloat = (input: ValueId): boolean => values[input]!.dtype === 'f32';

  for (const operation of program.operations) {
    if (
      operation.kind === 'linear' &&
      isFloat(operation.input) &&
      DTYPES[program.weights[operation.weight]!.dtype].quantized
    ) {
      const input = quantizeInput(operation.input);
      operations.push({ ...operation, input });
    } else {
      operations.push(operation);
    }
  }
  return { ...program, values, operations };
}
