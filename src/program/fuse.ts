// The pass that folds operations into their neighbours, so that a step has fewer of them to wait for and values need not
// go through memory between. A fused operation rounds wherever the unfused ones did, so no bit changes:
//   linear, add            -> linear with a residual
//   activation, mul        -> gated
//   rope of query and key  -> attention that turns them
//   norm or gated, quantize -> the same with a quantized output
// Linears that read the same value (Q, K and V; gate and up) need no merging: nothing waits between them.

import { outputOf, renumbered, writes } from './operands.ts';
import type { Operation, OperationKind, OperationOf } from './operations.ts';
import type { Program, ValueId } from './program.ts';
import { Uses } from './uses.ts';

/** What takes the place of operations: another one, or nothing. */
type Changes = ReadonlyMap<Operation, Operation | undefined>;

/** How an operation and what is written for it alone are folded, where they can be. */
type Fold<Kind extends OperationKind> = (
  operation: OperationOf<Kind>,
  uses: Uses,
  program: Program,
) => Changes | undefined;

// In this order: what an earlier one makes, a later one may fold further.
const RULES: readonly ((program: Program) => Program)[] = [
  rule('add', foldResidual),
  rule('mul', foldGate),
  rule('attention', foldRopes),
  rule('quantize', foldQuantize),
];

export const fuse = (program: Program): Program =>
  withoutUnused(RULES.reduce((fused, apply) => apply(fused), program));

function rule<Kind extends OperationKind>(at: Kind, fold: Fold<Kind>): (program: Program) => Program {
  const isThere = (operation: Operation): operation is Operation & OperationOf<Kind> => operation.kind === at;
  return (program) => {
    const uses = new Uses(program.operations);
    const changes = new Map<Operation, Operation | undefined>();
    for (const operation of program.operations.filter(isThere)) {
      const folded = fold(operation, uses, program);
      if (folded === undefined || [...folded.keys()].some((one) => changes.has(one))) continue;
      for (const [one, instead] of folded) changes.set(one, instead);
    }
    const operations = program.operations.flatMap((one) =>
      changes.has(one) ? (changes.get(one) ?? []) : one,
    );
    return { ...program, operations };
  };
}

// The linear stays where it is: what it is added to must have been written before.
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

// Query and key are turned in place, so nothing else may read them.
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
  if (before.kind === 'rmsNorm' && before.size !== values[input]!.width) return undefined; // by heads
  const written = renumbered(before, (value) => (value === input ? output : value));
  return new Map<Operation, Operation | undefined>([
    [before, written],
    [quantize, undefined],
  ]);
}

// Values that no operation writes any more are taken out, and the others numbered anew.
function withoutUnused(program: Program): Program {
  const written = program.operations.flatMap((operation) => outputOf(operation) ?? []);
  const kept = [...new Set(written)].sort((a, b) => a - b);
  const place = new Map(kept.map((value, i) => [value, i]));
  const moved = (value: ValueId): ValueId => place.get(value)!;
  return {
    ...program,
    values: kept.map((value) => program.values[value]!),
    operations: program.operations.map((operation) => renumbered(operation, moved)),
  };
}
