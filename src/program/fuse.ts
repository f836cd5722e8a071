// The pass that fuses operations, so that a step has fewer barriers and intermediate values are not written to memory. A fused
// operation rounds wherever the separate ones did, so no bit changes:
//   linear, add            -> linear with a residual
//   activation, mul        -> gated
//   rope of query and key  -> attention with rope
//   norm or gated, quantize -> norm or gated with quantized output
// Linears that read the same value (Q, K and V; gate and up) need no fusion: there is no barrier between them.

import { outputOf, renumbered, writes } from './operands.ts';
import type { Operation, OperationKind, OperationOf } from './operations.ts';
import type { Program, ValueId } from './program.ts';
import { Uses } from './uses.ts';

/** The replacement of each operation: another one, or none. */
type Changes = ReadonlyMap<Operation, Operation | undefined>;

/** Fuses an operation with the producers of its inputs; returns undefined if it cannot. */
type Fold<Kind extends OperationKind> = (
  operation: OperationOf<Kind>,
  uses: Uses,
  program: Program,
) => Changes | undefined;

// The order matters: the result of one rule may be fused further by a later one.
const RULES: readonly ((program: Program) => Program)[] = [
  rule('add', foldResidual),
  rule('mul', foldGate),
  rule('attention', foldRopes),
  rule('quantize', foldQuantize),
];

export const fuse = (program: Program): Program =>
  withoutUnused(RULES.reduce((fused, apply) => apply(fused), program));

/** Applies `fold` to all operations of a kind. */
function rule<Kind extends OperationKind>(kind: Kind, fold: Fold<Kind>): (program: Program) => Program {
  const isKind = (operation: Operation): operation is Operation & OperationOf<Kind> =>
    operation.kind === kind;
  return (program) => {
    const uses = new Uses(program.operations);
    const changes = new Map<Operation, Operation | undefined>();
    for (const operation of program.operations.filter(isKind)) {
      const folded = fold(operation, uses, program);
      if (folded === undefined || [...folded.keys()].some((one) => changes.has(one))) continue;
      for (const [one, replacement] of folded) changes.set(one, replacement);
    }
    const operations = program.operations.flatMap((one) =>
      changes.has(one) ? (changes.get(one) ?? []) : one,
    );
    return { ...program, operations };
  };
}

// The linear keeps its position, so the residual must be written before it.
function foldResidual(add: OperationOf<'add'>, uses: Uses): Changes | undefined {
  const { left, right, output } = add;
  for (const [value, residual] of [
    [right, left],
    [left, right],
  ] as const) {
    const linear = uses.onlyFor(value, add);
    if (linear?.kind !== 'linear' || linear.residual !== undefined) continue;
    if (!uses.isWrittenBefore(residual, linear)) continue;
    return new Map<Operation, Operation | undefined>([
      [linear, { ...linear, residual, output }],
      [add, undefined],
    ]);
  }
  return undefined;
}

function foldGate(mul: OperationOf<'mul'>, uses: Uses): Changes | undefined {
  const { left, right, output } = mul;
  for (const [value, up] of [
    [left, right],
    [right, left],
  ] as const) {
    const activation = uses.onlyFor(value, mul);
    if (activation?.kind !== 'activation') continue;
    return new Map<Operation, Operation | undefined>([
      [activation, undefined],
      [mul, { kind: 'gated', name: activation.name, gate: activation.input, up, output }],
    ]);
  }
  return undefined;
}

// Query and key are rotated in place, so no other operation may read them.
function foldRopes(attention: OperationOf<'attention'>, uses: Uses): Changes | undefined {
  const query = uses.onlyFor(attention.query, attention);
  const key = uses.onlyFor(attention.key, attention);
  if (query?.kind !== 'rope' || key?.kind !== 'rope' || query.rope !== key.rope) return undefined;
  if (uses.readers(query.input).length !== 1 || uses.readers(key.input).length !== 1) return undefined;
  return new Map<Operation, Operation | undefined>([
    [query, undefined],
    [key, undefined],
    [attention, { ...attention, query: query.input, key: key.input, rope: query.rope }],
  ]);
}

function foldQuantize(
  quantize: OperationOf<'quantize'>,
  uses: Uses,
  { values }: Program,
): Changes | undefined {
  const { input, output } = quantize;
  const before = uses.onlyFor(input, quantize);
  if (before === undefined || !writes(before.kind, 'q8')) return undefined;
  if (before.kind === 'rmsNorm' && before.size !== values[input]!.width) return undefined; // a norm of each head
  const written = renumbered(before, (value) => (value === input ? output : value));
  return new Map<Operation, Operation | undefined>([
    [before, written],
    [quantize, undefined],
  ]);
}

// Removes values that no operation writes any more, and renumbers the others.
function withoutUnused(program: Program): Program {
  const written = program.operations.flatMap((operation) => outputOf(operation) ?? []);
  const used = [...new Set(written)].sort((a, b) => a - b);
  const newIds = new Map(used.map((value, i) => [value, i]));
  const newId = (value: ValueId): ValueId => newIds.get(value)!;
  return {
    ...program,
    values: used.map((value) => program.values[value]!),
    operations: program.operations.map((operation) => renumbered(operation, newId)),
  };
}
