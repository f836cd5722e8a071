// What an operation reads and writes, by its row in the table: all that a pass has to know of an operation that is not its own
// subject.

import type { Fields, Leaf, ValueId, WeightId } from './fields.ts';
import { OPERATION_KINDS, OPERATIONS, type Operation, type OperationKind } from './operations.ts';

/** A field that is one word of a tape, with the way to it inside the operation. */
export interface Operand {
  readonly name: string;
  readonly path: readonly string[];
  readonly field: Leaf;
}

const operandsIn = (fields: Fields, above: readonly string[] = []): Operand[] =>
  Object.entries(fields).flatMap(([name, field]) =>
    field.type === 'record'
      ? operandsIn(field.fields, [...above, name])
      : [{ name, path: [...above, name], field }],
  );

const OPERANDS: ReadonlyMap<OperationKind, readonly Operand[]> = new Map(
  OPERATION_KINDS.map((kind) => [kind, operandsIn(OPERATIONS[kind])]),
);

/** The fields of a kind in the order of its row. */
export const operandsOf = (kind: OperationKind): readonly Operand[] => OPERANDS.get(kind)!;

type Word = number | string | undefined;
type Held = Word | { readonly [name: string]: Held };

/** What an operation holds in a field; undefined where an optional one is absent. */
export function fieldOf(operation: Operation, { path }: Operand): Word {
  let held: Held = operation;
  for (const name of path) held = typeof held === 'object' ? held[name] : undefined;
  return typeof held === 'object' ? undefined : held;
}

function idsIn(operation: Operation, isOne: (field: Leaf) => boolean): number[] {
  return operandsOf(operation.kind).flatMap((operand) => {
    const id = isOne(operand.field) ? fieldOf(operation, operand) : undefined;
    return typeof id === 'number' ? [id] : [];
  });
}

/** Values that an operation reads. */
export const inputsOf = (operation: Operation): ValueId[] => idsIn(operation, ({ type }) => type === 'input');

/** The value that an operation writes; `select` writes none. */
export const outputOf = (operation: Operation): ValueId | undefined =>
  idsIn(operation, ({ type }) => type === 'output')[0];

/** Values that an operation reads and may write to as well. */
export const updatedBy = (operation: Operation): ValueId[] =>
  idsIn(operation, (field) => field.type === 'input' && field.memory === 'updated');

export const weightsOf = (operation: Operation): WeightId[] =>
  idsIn(operation, ({ type }) => type === 'weight');

/** Whether operations of a kind can write values of `dtype`. */
export const writes = (kind: OperationKind, dtype: 'f32' | 'q8'): boolean =>
  operandsOf(kind).some(({ field }) => field.type === 'output' && field.dtypes.includes(dtype));

/** The same operation on values of other numbers. */
export function renumbered(operation: Operation, moved: (value: ValueId) => ValueId): Operation {
  const ids = operandsOf(operation.kind).flatMap((operand) => {
    const { type } = operand.field;
    const id = type === 'input' || type === 'output' ? fieldOf(operation, operand) : undefined;
    return typeof id === 'number' ? [[operand.name, moved(id)] as const] : [];
  });
  return { ...operation, ...Object.fromEntries(ids) };
}
