// A tape is the compiled list of operations that a backend executes: the operations of a program in order, with an offset in
// the arena for every value. It is plain data without pointers, so that TypeScript, native code and WebAssembly can use the same format, and
// tapes can be saved as contract tests.

import type { KvGroup } from '../base/model/kv-layout.ts';
import type { Operation } from './operations.ts';
import { type Capacity, planMemory } from './plan-memory.ts';
import type { Program, Value, Weight } from './program.ts';
import { type RopeTable, ropeTable } from './rope-table.ts';

/**
 * A value with its offset in the arena. `f32` is [rows, width]. `q8` is two arrays: signed bytes
 * [row capacity, width], then f32 scales [row capacity, width / 32].
 */
export interface TapeBuffer extends Value {
  /** bytes from the start of the arena */
  readonly offset: number;
}

export interface Tape {
  readonly version: 1;
  readonly capacity: Capacity;
  readonly arenaBytes: number;
  /** by value id */
  readonly buffers: readonly TapeBuffer[];
  /** by weight id */
  readonly weights: readonly Weight[];
  readonly operations: readonly Operation[];
  /** by the index that `rope` fields of operations contain */
  readonly ropes: readonly RopeTable[];
  readonly kvGroups: readonly KvGroup[];
}

/**
 * Returns the tape of a program.
 * @param contextLength maximum length of a sequence, on which dynamic rope scaling depends
 */
export function emitTape(program: Program, capacity: Capacity, contextLength: number): Tape {
  const { arenaBytes, allocations } = planMemory(program, capacity);
  const buffers = program.values.map((value, id) => ({ ...value, offset: allocations[id]!.offset }));
  return {
    version: 1,
    capacity,
    arenaBytes,
    buffers,
    weights: program.weights,
    operations: program.operations,
    ropes: program.ropes.map((rope) => ropeTable(rope, contextLength)),
    kvGroups: program.kvGroups,
  };
}
