// Counts how often the threads of a step wait for each other: an operation waits when it reads or writes bytes that were
// written, or writes bytes that were read, since the last wait. The native backend uses the same rule
// (native/src/tape.cpp, `setWaits`), and has additional waits inside attention.

import { inputsOf, outputOf, updatedValuesOf } from '../../../program/operands.ts';
import { rowBytes } from '../../../program/plan-memory.ts';
import type { ValueId } from '../../../program/program.ts';
import type { Tape } from '../../../program/tape.ts';

interface Range {
  readonly from: number;
  readonly to: number;
}

const overlaps = (ranges: readonly Range[], { from, to }: Range): boolean =>
  ranges.some((other) => from < other.to && other.from < to);

export function countWaits({ operations, buffers, capacity }: Tape): number {
  const rangeOf = (id: ValueId): Range => {
    const buffer = buffers[id]!;
    const rows = buffer.rows === 'T' ? capacity.tokens : capacity.rows;
    return { from: buffer.offset, to: buffer.offset + rows * rowBytes(buffer) };
  };
  let waits = 0;
  let read: Range[] = [];
  let writtenRanges: Range[] = [];
  for (const operation of operations) {
    const reads = inputsOf(operation).map(rangeOf);
    const output = outputOf(operation);
    const writes = [...(output === undefined ? [] : [output]), ...updatedValuesOf(operation)].map(rangeOf);
    const mustWait =
      operation.kind === 'select' ||
      reads.some((range) => overlaps(writtenRanges, range)) ||
      writes.some((range) => overlaps(writtenRanges, range) || overlaps(read, range));
    if (mustWait) {
      waits++;
      read = [];
      writtenRanges = [];
    }
    read.push(...reads);
    writtenRanges.push(...writes);
  }
  return waits;
}
