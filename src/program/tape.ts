// The tape is what a backend executes: the program with an arena offset for every value. It is plain data without pointers, so
// that TypeScript, native code and WebAssembly can share the format, and it can be printed and saved as a contract test.

import type { KvGroup } from '../base/model/kv-layout.ts';
import type { Operation } from './operations.ts';
import { type Capacity, planMemory } from './plan-memory.ts';
import type { Program, Value, Weight } from './program.ts';
import { type RopeTable, ropeTable } from './rope-table.ts';

/**
 * A value with its memory. `f32` is [rows, width]; `q8` is all signed bytes [capacity, width], then all f32 scales
 * [capacity, width / 32], so that each part is one array.
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
  /** by the index in a `rope` operation */
  readonly ropes: readonly RopeTable[];
  readonly kvGroups: readonly KvGroup[];
}

/**
 * Returns the tape of a program.
 * @param contextLength longest sequence, on which one kind of rope scaling depends
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
