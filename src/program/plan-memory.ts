// The pass that gives every value a place in one arena. Two values share bytes when their lifetimes do not
// touch: a value lives from the operation that writes it to the last one that reads it. First fit over
// the values in order of birth; with some hundred values that is instant and close to the least possible.

import { inputsOf, outputOf } from './operands.ts';
import type { Program, Value } from './program.ts';

export interface Capacity {
  /** most tokens in a step */
  readonly tokens: number;
  /** most rows of logits in a step */
  readonly rows: number;
}

export interface Place {
  /** bytes from the start of the arena, a multiple of 64 */
  readonly offset: number;
  /** bytes at full capacity */
  readonly bytes: number;
}

export interface MemoryPlan {
  readonly arenaBytes: number;
  /** by value id */
  readonly places: readonly Place[];
}

const ALIGNMENT = 64; // a cache line, and the widest vector register
const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Bytes of one row: f32, or for `q8` its bytes and for each 32 of them a scale and what a backend derives from them. */
export function rowBytes(value: Value): number {
  return value.dtype === 'f32' ? value.width * 4 : value.width + (value.width / 32) * 16;
}

export function planMemory(program: Program, capacity: Capacity): MemoryPlan {
  const lastUse = lastUses(program);
  const places: Place[] = [];
  const live: { place: Place; until: number }[] = [];
  let arenaBytes = 0;
  program.operations.forEach((operation, now) => {
    const output = outputOf(operation);
    if (output === undefined) return;
    const value = program.values[output]!;
    const rows = value.rows === 'T' ? capacity.tokens : capacity.rows;
    const bytes = align(rows * rowBytes(value));
    for (let i = live.length - 1; i >= 0; i--) if (live[i]!.until < now) live.splice(i, 1);
    const place = { offset: firstFit(live, bytes), bytes };
    live.push({ place, until: lastUse[output]! });
    places[output] = place;
    arenaBytes = Math.max(arenaBytes, place.offset + bytes);
  });
  return { arenaBytes, places };
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

function firstFit(live: readonly { place: Place }[], bytes: number): number {
  let offset = 0;
  for (const { place } of live.toSorted((a, b) => a.place.offset - b.place.offset)) {
    if (place.offset - offset >= bytes) break;
    offset = Math.max(offset, place.offset + place.bytes);
  }
  return offset;
}
