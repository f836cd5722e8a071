// Returns what an operation reads and writes, derived from the table of operations. Passes use these functions for all
// operations that they do not transform.

import type { Fields, Leaf, ValueId, WeightId } from './fields.ts';
import { OPERATION_KINDS, OPERATIONS, type Operation, type OperationKind } from './operations.ts';

/** A field that is one word of a tape (the compiled list of operations), with the path of the property in the operation. */
export interface Operand {
  readonly name: string;
  readonly path: readonly string[];
  readonly field: Leaf;
}

const operandsIn = (fields: Fields, path: readonly string[] = []): Operand[] =>
  Object.entries(fields).flatMap(([name, field]) =>
    field.type === 'record'
      ? operandsIn(field.fields, [...path, name])
      : [{ name, path: [...path, name], field }],
  );

const OPERANDS: ReadonlyMap<OperationKind, readonly Operand[]> = new Map(
  OPERATION_KINDS.map((kind) => [kind, operandsIn(OPERATIONS[kind])]),
);

/** Returns the fields of a kind of operation, in the order of the table. */
export const operandsOf = (kind: OperationKind): readonly Operand[] => OPERANDS.get(kind)!;

type Word = number | string | undefined;
type Property = Word | { readonly [name: string]: Property };

/** Returns the value of a field; undefined for an optional field that is not given. */
export function fieldOf(operation: Operation, { path }: Operand): Word {
  let property: Property = operation;
  for (const name of path) property = typeof property === 'object' ? property[name] : undefined;
  return typeof property === 'object' ? undefined : property;
}

function idsIn(operation: Operation, isIncluded: (field: Leaf) => boolean): number[] {
  return operandsOf(operation.kind).flatMap((operand) => {
    const id = isIncluded(operand.field) ? fieldOf(operation, operand) : undefined;
    return typeof id === 'number' ? [id] : [];
  });
}

/** Returns the values that an operation reads. */
export const inputsOf = (operation: Operation): ValueId[] => idsIn(operation, ({ type }) => type === 'input');

/** Returns the value that an operation writes; undefined for `select`. */
export const outputOf = (operation: Operation): ValueId | undefined =>
  idsIn(operation, ({ type }) => type === 'output')[0];

/** Returns the values that an operation reads and may overwrite. */
export const updatedValuesOf = (operation: Operation): ValueId[] =>
  idsIn(operation, (field) => field.type === 'input' && field.memory === 'updated');

export const weightsOf = (operation: Operation): WeightId[] =>
  idsIn(operation, ({ type }) => type === 'weight');

/** Returns whether operations of a kind can write values of `dtype`. */
export const canWrite = (kind: OperationKind, dtype: 'f32' | 'q8'): boolean =>
  operandsOf(kind).some(({ field }) => field.type === 'output' && field.dtypes.includes(dtype));

/** Returns the operation with other value ids. */
export function renumberValues(operation: Operation, newId: (value: ValueId) => ValueId): Operation {
  const ids = operandsOf(operation.kind).flatMap((operand) => {
    const { type } = operand.field;
    const id = type === 'input' || type === 'output' ? fieldOf(operation, operand) : undefined;
    return typeof id === 'number' ? [[operand.name, newId(id)] as const] : [];
  });
  return { ...operation, ...Object.fromEntries(ids) };
}
