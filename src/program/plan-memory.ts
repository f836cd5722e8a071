// The pass that allocates all values of a program in one arena. A value is live from the operation that writes it to the
// last operation that reads it; values that are not live at the same time can share memory. Values are allocated in the
// order in which they are written, at the first free offset. For hundreds of values, this is fast and close to the minimum
// size.

import { inputsOf, outputOf } from './operands.ts';
import type { Program, Value } from './program.ts';

export interface Capacity {
  /** maximum number of tokens in a step */
  readonly tokens: number;
  /** maximum number of rows of logits in a step */
  readonly rows: number;
}

export interface Allocation {
  /** bytes from the start of the arena, a multiple of 64 */
  readonly offset: number;
  /** size for the largest step */
  readonly bytes: number;
}

export interface MemoryPlan {
  readonly arenaBytes: number;
  /** by value id */
  readonly allocations: readonly Allocation[];
}

const ALIGNMENT = 64; // bytes of a cache line and of the widest vector register
const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/**
 * Returns the size of one row. A group of 32 `q8` elements has 16 additional bytes, for the scale and for data that a
 * backend computes from the elements.
 */
export function rowBytes(value: Value): number {
  return value.dtype === 'f32' ? value.width * 4 : value.width + (value.width / 32) * 16;
}

/** Allocates all values of `program` for steps up to `capacity`. */
export function planMemory(program: Program, capacity: Capacity): MemoryPlan {
  const lastUses = findLastUses(program);
  const allocations: Allocation[] = [];
  const live: { allocation: Allocation; lastUse: number }[] = [];
  let arenaBytes = 0;
  program.operations.forEach((operation, index) => {
    const output = outputOf(operation);
    if (output === undefined) return;
    const value = program.values[output]!;
    const rows = value.rows === 'T' ? capacity.tokens : capacity.rows;
    const bytes = align(rows * rowBytes(value));
    for (let i = live.length - 1; i >= 0; i--) if (live[i]!.lastUse < index) live.splice(i, 1);
    const allocation = { offset: firstFreeOffset(live, bytes), bytes };
    live.push({ allocation, lastUse: lastUses[output]! });
    allocations[output] = allocation;
    arenaBytes = Math.max(arenaBytes, allocation.offset + bytes);
  });
  return { arenaBytes, allocations };
}

// Returns the index of the last operation that uses each value.
function findLastUses(program: Program): number[] {
  const lastUses = program.values.map(() => 0);
  program.operations.forEach((operation, index) => {
    for (const input of inputsOf(operation)) lastUses[input] = index;
    const output = outputOf(operation);
    if (output !== undefined) lastUses[output] = index;
  });
  return lastUses;
}

// Returns the first offset at which `bytes` bytes are free.
function firstFreeOffset(live: readonly { allocation: Allocation }[], bytes: number): number {
  let offset = 0;
  for (const { allocation } of live.toSorted((a, b) => a.allocation.offset - b.allocation.offset)) {
    if (allocation.offset - offset >= bytes) break;
    offset = Math.max(offset, allocation.offset + allocation.bytes);
  }
  return offset;
}
