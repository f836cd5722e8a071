// The pass that fuses operations, so that a step has fewer waits and fewer intermediate values in memory. A fused
// operation rounds at the same points as the separate operations, so no bit changes:
//   linear, add            -> linear with a residual
//   activation, mul        -> gated
//   rope of query and key  -> attention with rope
//   norm or gated, quantize -> norm or gated with quantized output
// Linear layers that read the same value (Q, K and V; gate and up) are not fused, because there is no wait between them.

import { canWrite, outputOf, renumberValues } from './operands.ts';
import type { Operation, OperationKind, OperationOf } from './operations.ts';
import type { Program, ValueId } from './program.ts';
import { ValueUses } from './value-uses.ts';

/** The replacement of each changed operation; undefined removes the operation. */
type Changes = ReadonlyMap<Operation, Operation | undefined>;

/** Fuses an operation with the producers of its inputs. Returns undefined if this is not possible. */
type FuseRule<Kind extends OperationKind> = (
  operation: OperationOf<Kind>,
  uses: ValueUses,
  program: Program,
) => Changes | undefined;

// In this order, because a later rule may fuse the result of an earlier rule.
const RULES: readonly ((program: Program) => Program)[] = [
  ruleFor('add', fuseResidual),
  ruleFor('mul', fuseGate),
  ruleFor('attention', fuseRopes),
  ruleFor('quantize', fuseQuantize),
];

/** Returns the program with fused operations. */
export const fuse = (program: Program): Program =>
  removeUnusedValues(RULES.reduce((fused, applyRule) => applyRule(fused), program));

/** Returns a pass that applies `fuseOperation` to all operations of a kind. */
function ruleFor<Kind extends OperationKind>(
  kind: Kind,
  fuseOperation: FuseRule<Kind>,
): (program: Program) => Program {
  const isKind = (operation: Operation): operation is Operation & OperationOf<Kind> =>
    operation.kind === kind;
  return (program) => {
    const uses = new ValueUses(program.operations);
    const changes = new Map<Operation, Operation | undefined>();
    for (const operation of program.operations.filter(isKind)) {
      const newChanges = fuseOperation(operation, uses, program);
      if (newChanges === undefined || [...newChanges.keys()].some((changed) => changes.has(changed)))
        continue;
      for (const [changed, replacement] of newChanges) changes.set(changed, replacement);
    }
    const operations = program.operations.flatMap((operation) =>
      changes.has(operation) ? (changes.get(operation) ?? []) : operation,
    );
    return { ...program, operations };
  };
}

// The position of the linear layer does not change, so the residual must be written before the linear layer.
function fuseResidual(add: OperationOf<'add'>, uses: ValueUses): Changes | undefined {
  const { left, right, output } = add;
  for (const [value, residual] of [
    [right, left],
    [left, right],
  ] as const) {
    const linear = uses.producerOnlyFor(value, add);
    if (linear?.kind !== 'linear' || linear.residual !== undefined) continue;
    if (!uses.isWrittenBefore(residual, linear)) continue;
    return new Map<Operation, Operation | undefined>([
      [linear, { ...linear, residual, output }],
      [add, undefined],
    ]);
  }
  return undefined;
}

function fuseGate(mul: OperationOf<'mul'>, uses: ValueUses): Changes | undefined {
  const { left, right, output } = mul;
  for (const [value, up] of [
    [left, right],
    [right, left],
  ] as const) {
    const activation = uses.producerOnlyFor(value, mul);
    if (activation?.kind !== 'activation') continue;
    return new Map<Operation, Operation | undefined>([
      [activation, undefined],
      [mul, { kind: 'gated', name: activation.name, gate: activation.input, up, output }],
    ]);
  }
  return undefined;
}

// Query and key are rotated in place, so no other operation may read the values before or after rotation.
function fuseRopes(attention: OperationOf<'attention'>, uses: ValueUses): Changes | undefined {
  const query = uses.producerOnlyFor(attention.query, attention);
  const key = uses.producerOnlyFor(attention.key, attention);
  if (query?.kind !== 'rope' || key?.kind !== 'rope' || query.rope !== key.rope) return undefined;
  if (uses.readers(query.input).length !== 1 || uses.readers(key.input).length !== 1) return undefined;
  return new Map<Operation, Operation | undefined>([
    [query, undefined],
    [key, undefined],
    [attention, { ...attention, query: query.input, key: key.input, rope: query.rope }],
  ]);
}

function fuseQuantize(
  quantize: OperationOf<'quantize'>,
  uses: ValueUses,
  { values }: Program,
): Changes | undefined {
  const { input, output } = quantize;
  const producer = uses.producerOnlyFor(input, quantize);
  if (producer === undefined || !canWrite(producer.kind, 'q8')) return undefined;
  if (producer.kind === 'rmsNorm' && producer.size !== values[input]!.width) return undefined; // normalizes each head
  const fused = renumberValues(producer, (value) => (value === input ? output : value));
  return new Map<Operation, Operation | undefined>([
    [producer, fused],
    [quantize, undefined],
  ]);
}

// Removes the values that no operation writes after fusion, and renumbers the other values.
function removeUnusedValues(program: Program): Program {
  const writtenValues = program.operations.flatMap((operation) => outputOf(operation) ?? []);
  const usedValues = [...new Set(writtenValues)].sort((a, b) => a - b);
  const newIds = new Map(usedValues.map((value, i) => [value, i]));
  const newId = (value: ValueId): ValueId => newIds.get(value)!;
  return {
    ...program,
    values: usedValues.map((value) => program.values[value]!),
    operations: program.operations.map((operation) => renumberValues(operation, newId)),
  };
}
