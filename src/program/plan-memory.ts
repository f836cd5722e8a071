// The pass that allocates every value in one arena. Two values share bytes if their lifetimes are disjoint: a value is live from
// the operation that writes it to the last one that reads it. First fit in the order of writing; for some hundred values it is
// instant and close to the minimum.

import { inputsOf, outputOf } from './operands.ts';
import type { Program, Value } from './program.ts';

export interface Capacity {
  /** most tokens in a step */
  readonly tokens: number;
  /** most rows of logits in a step */
  readonly rows: number;
}

export interface Allocation {
  /** bytes from the start of the arena, a multiple of 64 */
  readonly offset: number;
  /** bytes at full capacity */
  readonly bytes: number;
}

export interface MemoryPlan {
  readonly arenaBytes: number;
  /** by value id */
  readonly allocations: readonly Allocation[];
}

const ALIGNMENT = 64; // a cache line, and the widest vector register
const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Bytes of one row: f32; or for `q8` the bytes and, for each 32 of them, 16 bytes for the scale and data that a backend derives. */
export function rowBytes(value: Value): number {
  return value.dtype === 'f32' ? value.width * 4 : value.width + (value.width / 32) * 16;
}

/** Allocates all values of `program` for steps of up to `capacity`. */
export function planMemory(program: Program, capacity: Capacity): MemoryPlan {
  const lastUse = lastUses(program);
  const allocations: Allocation[] = [];
  const live: { allocation: Allocation; until: number }[] = [];
  let arenaBytes = 0;
  program.operations.forEach((operation, now) => {
    const output = outputOf(operation);
    if (output === undefined) return;
    const value = program.values[output]!;
    const rows = value.rows === 'T' ? capacity.tokens : capacity.rows;
    const bytes = align(rows * rowBytes(value));
    for (let i = live.length - 1; i >= 0; i--) if (live[i]!.until < now) live.splice(i, 1);
    const allocation = { offset: firstFit(live, bytes), bytes };
    live.push({ allocation, until: lastUse[output]! });
    allocations[output] = allocation;
    arenaBytes = Math.max(arenaBytes, allocation.offset + bytes);
  });
  return { arenaBytes, allocations };
}

function lastUses(program: Program): number[] {
  const last = program.values.map(() => 0);
  program.operations.forEach((operation, now) => {
    for (const input of inputsOf(operation)) last[input] = now;
    const output = outputOf(operation);
    if (output !== undefined) last[output] = now;
  });
  return last;
}

function firstFit(live: readonly { allocation: Allocation }[], bytes: number): number {
  let offset = 0;
  for (const { allocation } of live.toSorted((a, b) => a.allocation.offset - b.allocation.offset)) {
    if (allocation.offset - offset >= bytes) break;
    offset = Math.max(offset, allocation.offset + allocation.bytes);
  }
  return offset;
}
