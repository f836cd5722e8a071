// The pass that folds operations into their neighbours, so that a step has fewer of them to wait for and values need not
// go through memory between. A fused operation rounds wherever the unfused ones did, so no bit changes:
//   linear, add            -> linear with a residual
//   activation, mul        -> gated
//   rope of query and key  -> attention that turns them
//   norm or gated, quantize -> the same with a quantized output
// Linears that read the same value (Q, K and V; gate and up) need no merging: nothing waits between them.

import { inputsOf, type Operation, outputOf, type Program, type ValueId } from './program.ts';

type Linear = Extract<Operation, { kind: 'linear' }>;

export function fuse(program: Program): Program {
  const fused = [foldResiduals, foldGates, foldRopes, foldQuantize].reduce(
    (operations, pass) => pass(operations, program),
    program.operations,
  );
  return withoutUnused({ ...program, operations: fused });
}

type Operations = readonly Operation[];

class Uses {
  readonly #producers = new Map<ValueId, Operation>();
  readonly #readers = new Map<ValueId, Operation[]>();

  constructor(operations: Operations) {
    for (const operation of operations) {
      const output = outputOf(operation);
      if (output !== undefined) this.#producers.set(output, operation);
      for (const input of inputsOf(operation))
        this.#readers.set(input, [...(this.#readers.get(input) ?? []), operation]);
    }
  }

  producer(value: ValueId): Operation | undefined {
    return this.#producers.get(value);
  }

  /** The operation that wrote `value`, where that is of a kind and nothing but `reader` reads it. */
  onlyFor<Kind extends Operation['kind']>(
    value: ValueId,
    kinds: readonly Kind[],
    reader: Operation,
  ): Extract<Operation, { kind: Kind }> | undefined {
    const producer = this.#producers.get(value);
    const readers = this.#readers.get(value) ?? [];
    if (producer === undefined || readers.length !== 1 || readers[0] !== reader) return undefined;
    return (kinds as readonly string[]).includes(producer.kind)
      ? (producer as Extract<Operation, { kind: Kind }>)
      : undefined;
  }
}

/** What takes the place of each operation: another one, or nothing. */
function replaced(
  operations: Operations,
  changes: ReadonlyMap<Operation, Operation | undefined>,
): Operations {
  return operations.flatMap((operation) => {
    if (!changes.has(operation)) return [operation];
    const change = changes.get(operation);
    return change === undefined ? [] : [change];
  });
}

// The linear stays where it is: what it is added to must have been written before.
function foldResiduals(operations: Operations): Operations {
  const uses = new Uses(operations);
  const changes = new Map<Operation, Operation | undefined>();
  for (const operation of operations) {
    if (operation.kind !== 'add') continue;
    const { left, right, output } = operation;
    const from = (value: ValueId, other: ValueId): Linear | undefined => {
      const linear = uses.onlyFor(value, ['linear'], operation);
      const before = uses.producer(other);
      if (linear === undefined || linear.residual !== undefined || changes.has(linear)) return undefined;
      if (before === undefined || operations.indexOf(before) > operations.indexOf(linear)) return undefined;
      return { ...linear, residual: other, output };
    };
    const linear = from(right, left) ?? from(left, right);
    if (linear === undefined) continue;
    changes.set(uses.producer(linear.residual === left ? right : left)!, linear);
    changes.set(operation, undefined);
  }
  return replaced(operations, changes);
}

function foldGates(operations: Operations): Operations {
  const uses = new Uses(operations);
  const changes = new Map<Operation, Operation | undefined>();
  for (const operation of operations) {
    if (operation.kind !== 'mul') continue;
    const { left, right, output } = operation;
    const activation =
      uses.onlyFor(left, ['activation'], operation) ?? uses.onlyFor(right, ['activation'], operation);
    if (activation === undefined) continue;
    const up = activation.output === left ? right : left;
    changes.set(activation, undefined);
    changes.set(operation, { kind: 'gated', name: activation.name, gate: activation.input, up, output });
  }
  return replaced(operations, changes);
}

// Query and key are turned in place, so nothing else may read them.
function foldRopes(operations: Operations): Operations {
  const uses = new Uses(operations);
  const changes = new Map<Operation, Operation | undefined>();
  for (const operation of operations) {
    if (operation.kind !== 'attention') continue;
    const query = uses.onlyFor(operation.query, ['rope'], operation);
    const key = uses.onlyFor(operation.key, ['rope'], operation);
    if (query === undefined || key === undefined || query.rope !== key.rope) continue;
    if (uses.producer(query.input) === undefined || readersOf(operations, query.input) !== 1) continue;
    if (readersOf(operations, key.input) !== 1) continue;
    changes.set(query, undefined);
    changes.set(key, undefined);
    changes.set(operation, { ...operation, query: query.input, key: key.input, rope: query.rope });
  }
  return replaced(operations, changes);
}

const readersOf = (operations: Operations, value: ValueId): number =>
  operations.filter((operation) => inputsOf(operation).includes(value)).length;

function foldQuantize(operations: Operations, program: Program): Operations {
  const uses = new Uses(operations);
  const changes = new Map<Operation, Operation | undefined>();
  for (const operation of operations) {
    if (operation.kind !== 'quantize') continue;
    const before = uses.onlyFor(operation.input, ['rmsNorm', 'layerNorm', 'gated'], operation);
    if (before === undefined) continue;
    if (before.kind === 'rmsNorm' && before.size !== program.values[before.output]!.width) continue; // by heads
    changes.set(before, { ...before, output: operation.output });
    changes.set(operation, undefined);
  }
  return replaced(operations, changes);
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

function renumbered(o: Operation, moved: (value: ValueId) => ValueId): Operation {
  switch (o.kind) {
    case 'select':
      return { ...o, input: moved(o.input) };
    case 'embed':
      return { ...o, output: moved(o.output) };
    case 'attention': {
      const { query, key, value, output } = o;
      return { ...o, query: moved(query), key: moved(key), value: moved(value), output: moved(output) };
    }
    case 'add':
    case 'mul':
      return { ...o, left: moved(o.left), right: moved(o.right), output: moved(o.output) };
    case 'gated':
      return { ...o, gate: moved(o.gate), up: moved(o.up), output: moved(o.output) };
    case 'linear': {
      const residual = o.residual === undefined ? {} : { residual: moved(o.residual) };
      return { ...o, ...residual, input: moved(o.input), output: moved(o.output) };
    }
    default:
      return { ...o, input: moved(o.input), output: moved(o.output) };
  }
}
