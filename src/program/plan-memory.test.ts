import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inputsOf, outputOf } from './operands.ts';
import type { Operation } from './operations.ts';
import { planMemory, rowBytes } from './plan-memory.ts';
import type { Program, Value } from './program.ts';
import { emitTape } from './tape.ts';

interface Shape {
  readonly rows: 'T' | 'R';
  readonly groups: number; // width in groups of 32 elements
  readonly isQuantized: boolean;
  /** the two earlier values that are added, as fractions of the number of earlier values */
  readonly operands: readonly [number, number];
}

const shapes = fc.array(
  fc.record({
    rows: fc.constantFrom('T' as const, 'R' as const),
    groups: fc.integer({ min: 1, max: 9 }),
    isQuantized: fc.boolean(),
    operands: fc.tuple(fc.double({ min: 0, max: 0.999 }), fc.double({ min: 0, max: 0.999 })),
  }),
  { minLength: 1, maxLength: 40 },
);
const capacities = fc.record({
  tokens: fc.integer({ min: 1, max: 33 }),
  rows: fc.integer({ min: 1, max: 5 }),
});

// Returns a program in which each value is the sum of two earlier values. The last value is the logits.
function programOf(list: readonly Shape[]): Program {
  const values = list.map(
    ({ rows, groups, isQuantized }, id): Value => ({
      name: `v${id}`,
      rows,
      width: groups * 32,
      dtype: isQuantized ? 'q8' : 'f32',
    }),
  );
  const operations = list.map(
    ({ operands: [left, right] }, output): Operation =>
      output === 0
        ? { kind: 'embed', table: 0, ids: 'token', output }
        : { kind: 'add', left: Math.floor(left * output), right: Math.floor(right * output), output },
  );
  operations.push({ kind: 'select', input: list.length - 1 });
  return { values, weights: [], operations, ropes: [], kvGroups: [] };
}

// Returns the indexes of the first and of the last operation that writes or reads a value.
function lifetime(program: Program, id: number): [number, number] {
  const uses = program.operations.flatMap((operation, index) => {
    const ids = operation.kind === 'add' ? [operation.left, operation.right] : [];
    ids.push(outputOf(operation) ?? inputsOf(operation)[0]!);
    return ids.includes(id) ? [index] : [];
  });
  return [Math.min(...uses), Math.max(...uses)];
}

const areDisjoint = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[1] < b[0] || b[1] < a[0];

describe('planMemory for random programs', () => {
  test('does not allocate the same byte for values with overlapping lifetimes', () => {
    fc.assert(
      fc.property(shapes, capacities, (list, capacity) => {
        const program = programOf(list);
        const { allocations } = planMemory(program, capacity);
        const lifetimes = list.map((_, id) => lifetime(program, id));
        for (let a = 0; a < list.length; a++) {
          for (let b = 0; b < a; b++) {
            if (areDisjoint(lifetimes[a]!, lifetimes[b]!)) continue;
            const bytes = [a, b].map((id) => [
              allocations[id]!.offset,
              allocations[id]!.offset + allocations[id]!.bytes - 1,
            ]) as [[number, number], [number, number]];
            if (!areDisjoint(...bytes)) throw new Error(`v${a} and v${b} overlap`);
          }
        }
      }),
    );
  });

  test('allocates values at multiples of 64 bytes inside the arena, with enough bytes for the largest step', () => {
    fc.assert(
      fc.property(shapes, capacities, (list, capacity) => {
        const program = programOf(list);
        const { arenaBytes, allocations } = planMemory(program, capacity);
        list.forEach(({ rows, groups, isQuantized }, id) => {
          const { offset, bytes } = allocations[id]!;
          const elements = (rows === 'T' ? capacity.tokens : capacity.rows) * groups * 32;
          expect(offset % 64).toBe(0);
          expect(bytes).toBeGreaterThanOrEqual(isQuantized ? elements + elements / 8 : elements * 4);
          expect(offset + bytes).toBeLessThanOrEqual(arenaBytes);
        });
      }),
    );
  });

  test('returns the offsets of the values in the tape', () => {
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

test('planMemory alternates between two allocations for a chain of values of equal size', () => {
  const chain = Array.from({ length: 20 }, (): Shape => {
    return { rows: 'T', groups: 2, isQuantized: false, operands: [0.999, 0.999] };
  });
  const { arenaBytes } = planMemory(programOf(chain), { tokens: 4, rows: 1 });
  expect(arenaBytes).toBe(2 * 4 * 64 * 4);
});

test('rowBytes returns 4 bytes per f32 element, and 1 byte per q8 element plus 16 bytes per group of 32', () => {
  expect(rowBytes({ name: 'x', rows: 'T', width: 96, dtype: 'f32' })).toBe(384);
  expect(rowBytes({ name: 'x', rows: 'T', width: 96, dtype: 'q8' })).toBe(96 + 3 * 16);
});

test('emitTape returns a tape that can be stored as JSON', () => {
  const program = programOf([{ rows: 'T', groups: 1, isQuantized: false, operands: [0, 0] }]);
  const tape = emitTape(program, { tokens: 2, rows: 1 }, 64);
  expect(JSON.parse(JSON.stringify(tape))).toEqual(tape);
});
