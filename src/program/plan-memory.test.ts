import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation } from './operations.ts';
import { planMemory, rowBytes } from './plan-memory.ts';
import type { Program, Value } from './program.ts';
import { emitTape } from './tape.ts';

interface Shape {
  readonly rows: 'T' | 'R';
  readonly groups: number; // of 32 elements
  readonly q8: boolean;
  /** the earlier values that it reads, as fractions of their number */
  readonly reads: readonly [number, number];
}

const shapes = fc.array(
  fc.record({
    rows: fc.constantFrom('T' as const, 'R' as const),
    groups: fc.integer({ min: 1, max: 9 }),
    q8: fc.boolean(),
    reads: fc.tuple(fc.double({ min: 0, max: 0.999 }), fc.double({ min: 0, max: 0.999 })),
  }),
  { minLength: 1, maxLength: 40 },
);
const capacities = fc.record({
  tokens: fc.integer({ min: 1, max: 33 }),
  rows: fc.integer({ min: 1, max: 5 }),
});

// Each value is the sum of two earlier ones; the last is selected from.
function programOf(list: readonly Shape[]): Program {
  const values = list.map(
    ({ rows, groups, q8 }, id): Value => ({
      name: `v${id}`,
      rows,
      width: groups * 32,
      dtype: q8 ? 'q8' : 'f32',
    }),
  );
  const operations = list.map(
    ({ reads: [left, right] }, output): Operation =>
      output === 0
        ? { kind: 'embed', table: 0, by: 'token', output }
        : { kind: 'add', left: Math.floor(left * output), right: Math.floor(right * output), output },
  );
  operations.push({ kind: 'select', input: list.length - 1 });
  return { values, weights: [], operations, ropes: [], kvGroups: [] };
}

// The first and last operation of a value's lifetime, from its definition: the writer and all readers.
function lifetime(program: Program, id: number): [number, number] {
  const touches = program.operations.flatMap((operation, now) => {
    const ids = operation.kind === 'add' ? [operation.left, operation.right] : [];
    if (operation.kind === 'select') ids.push(operation.input);
    else ids.push(operation.output);
    return ids.includes(id) ? [now] : [];
  });
  return [Math.min(...touches), Math.max(...touches)];
}

const apart = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[1] < b[0] || b[1] < a[0];

describe('for random programs', () => {
  test('values with overlapping lifetimes share no byte', () => {
    fc.assert(
      fc.property(shapes, capacities, (list, capacity) => {
        const program = programOf(list);
        const { allocations } = planMemory(program, capacity);
        const lives = list.map((_, id) => lifetime(program, id));
        for (let a = 0; a < list.length; a++) {
          for (let b = 0; b < a; b++) {
            if (apart(lives[a]!, lives[b]!)) continue;
            const bytes = [a, b].map((id) => [
              allocations[id]!.offset,
              allocations[id]!.offset + allocations[id]!.bytes - 1,
            ]) as [[number, number], [number, number]];
            if (!apart(...bytes)) throw new Error(`v${a} and v${b} overlap`);
          }
        }
      }),
    );
  });

  test('allocations are aligned to 64 bytes, fit the value at full capacity, and are inside the arena', () => {
    fc.assert(
      fc.property(shapes, capacities, (list, capacity) => {
        const program = programOf(list);
        const { arenaBytes, allocations } = planMemory(program, capacity);
        list.forEach(({ rows, groups, q8 }, id) => {
          const { offset, bytes } = allocations[id]!;
          const elements = (rows === 'T' ? capacity.tokens : capacity.rows) * groups * 32;
          expect(offset % 64).toBe(0);
          expect(bytes).toBeGreaterThanOrEqual(q8 ? elements + elements / 8 : elements * 4);
          expect(offset + bytes).toBeLessThanOrEqual(arenaBytes);
        });
      }),
    );
  });

  test('the tape is the program with the offset of each value', () => {
    fc.assert(
      fc.property(shapes, capacities, (list, capacity) => {
        const program = programOf(list);
        const { arenaBytes, allocations } = planMemory(program, capacity);
        expect(emitTape(program, capacity, 64)).toEqual({
          ...program,
          values: undefined,
          version: 1,
          capacity,
          arenaBytes,
          buffers: program.values.map((value, id) => ({ ...value, offset: allocations[id]!.offset })),
        });
      }),
      { numRuns: 20 },
    );
  });
});

test('a chain of equal values alternates between two allocations', () => {
  const chain = Array.from({ length: 20 }, (): Shape => {
    return { rows: 'T', groups: 2, q8: false, reads: [0.999, 0.999] };
  });
  const { arenaBytes } = planMemory(programOf(chain), { tokens: 4, rows: 1 });
  expect(arenaBytes).toBe(2 * 4 * 64 * 4);
});

test('a row has 4 bytes per element, or quantized 1 byte and 16 for each 32', () => {
  expect(rowBytes({ name: 'x', rows: 'T', width: 96, dtype: 'f32' })).toBe(384);
  expect(rowBytes({ name: 'x', rows: 'T', width: 96, dtype: 'q8' })).toBe(96 + 3 * 16);
});

test('a tape can be stored as JSON', () => {
  const program = programOf([{ rows: 'T', groups: 1, q8: false, reads: [0, 0] }]);
  const tape = emitTape(program, { tokens: 2, rows: 1 }, 64);
  expect(JSON.parse(JSON.stringify(tape))).toEqual(tape);
});
