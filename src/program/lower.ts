// The pass that selects the arithmetic of a target: it inserts a `quantize` before each linear with quantized weights, so that
// the product is computed with integers. It is the only pass that may change bits: without it, a program is the float
// reference; with it, all backends compute the same integers.

import { DTYPES } from '../base/model/dtypes.ts';
import type { Operation } from './operations.ts';
import type { Program, Value, ValueId } from './program.ts';

export interface Target {
  /** `float` keeps activations in f32; `int8` quantizes them before quantized weights */
  readonly activations: 'float' | 'int8';
}

/** Returns the program with the arithmetic of `target`. */
export function lower(program: Program, target: Target): Program {
  if (target.activations === 'float') return program;
  const values: Value[] = [...program.values];
  const operations: Operation[] = [];
  const quantized = new Map<ValueId, ValueId>();

  // Linears that read the same value (Q, K, V; gate, up) share one quantization of it.
  const quantizedInput = (input: ValueId): ValueId => {
    const known = quantized.get(input);
    if (known !== undefined) return known;
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
      const input = quantizedInput(operation.input);
      operations.push({ ...operation, input });
    } else {
      operations.push(operation);
    }
  }
  return { ...program, values, operations };
}
