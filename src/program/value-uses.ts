// An index of the operations that write and read each value of a program.

import type { ValueId } from './fields.ts';
import { inputsOf, outputOf } from './operands.ts';
import type { Operation } from './operations.ts';

export class ValueUses {
  readonly #order = new Map<Operation, number>();
  readonly #producers = new Map<ValueId, Operation>();
  readonly #readers = new Map<ValueId, Operation[]>();

  constructor(operations: readonly Operation[]) {
    operations.forEach((operation, index) => {
      this.#order.set(operation, index);
      const output = outputOf(operation);
      if (output !== undefined) this.#producers.set(output, operation);
      for (const input of inputsOf(operation)) {
        const readers = this.#readers.get(input);
        if (readers === undefined) this.#readers.set(input, [operation]);
        else readers.push(operation);
      }
    });
  }

  /** Returns the operations that read `value`. An operation that reads it twice is in the list twice. */
  readers(value: ValueId): readonly Operation[] {
    return this.#readers.get(value) ?? [];
  }

  /** Returns the operation that writes `value` if `reader` is the only operation that reads it, and reads it once. */
  producerOnlyFor(value: ValueId, reader: Operation): Operation | undefined {
    const readers = this.readers(value);
    return readers.length === 1 && readers[0] === reader ? this.#producers.get(value) : undefined;
  }

  /** Returns whether an operation before `operation` writes `value`. */
  isWrittenBefore(value: ValueId, operation: Operation): boolean {
    const producer = this.#producers.get(value);
    return producer !== undefined && this.#order.get(producer)! < this.#order.get(operation)!;
  }
}
