// The pass that lets adapters change linear layers (LoRA, Hu et al. 2021): an adapter adds scale * b (a x) to the output of a
// layer, where a is [rank, columns] and b is [outputs, rank]. Each sequence of a step may have another adapter, or none. The pass
// gives every linear layer a number, its target, by which an adapter refers to it, and adds the operations that compute a x. It
// must be the last pass.

import { MAX_LORA_RANK } from '../base/model/adapter-file.ts';
import type { Operation, OperationOf } from './operations.ts';
import type { Program, Value, ValueId, Weight } from './program.ts';

/** The matrices of an adapter for one linear layer. */
export interface LoraMatrices {
  /** index in `loraTargetsOf` of the program */
  readonly target: number;
  /** [rank, columns of the layer] */
  readonly a: Weight;
  /** [outputs of the layer, rank] */
  readonly b: Weight;
  readonly scale: number;
}

/** Returns the program with a target for every linear layer. */
export function addLoraTargets(program: Program): Program {
  const values: Value[] = [...program.values];
  const operations: Operation[] = [];
  const layers = program.operations.filter(isLinear);
  const outputs = new Map<Operation, ValueId>();

  // The operations for all layers that read the same value (Q, K and V; gate and up) precede the first of them, so that there is
  // one wait for them.
  const addDown = (input: ValueId): void => {
    for (const layer of layers.filter((other) => other.input === input)) {
      const { name, rows } = values[layer.output]!;
      const output = values.push({ name: `${name}.lora`, rows, width: MAX_LORA_RANK, dtype: 'f32' }) - 1;
      operations.push({ kind: 'loraDown', input, target: layers.indexOf(layer), output });
      outputs.set(layer, output);
    }
  };

  for (const operation of program.operations) {
    if (!isLinear(operation)) {
      operations.push(operation);
      continue;
    }
    if (!outputs.has(operation)) addDown(operation.input);
    operations.push({ ...operation, lora: outputs.get(operation)!, target: layers.indexOf(operation) });
  }
  return { ...program, values, operations };
}

/** Returns the weights of the linear layers, by the numbers of `addLoraTargets`. */
export const loraTargetsOf = ({
  operations,
  weights,
}: Pick<Program, 'operations' | 'weights'>): readonly Weight[] =>
  operations.filter(isLinear).map(({ weight }) => weights[weight]!);

const isLinear = (operation: Operation): operation is OperationOf<'linear'> => operation.kind === 'linear';
