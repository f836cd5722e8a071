import { expect, test } from 'vitest';
import { blockId } from '../base/ids.ts';
import { BlockTables, blockAt, containsIndex, pushBlock } from './block-tables.ts';

test('each slot is allocated once, with an empty row for each group', () => {
  const tables = new BlockTables(2, 3, 4);
  const [first, second] = [tables.allocate()!, tables.allocate()!];
  expect([first.slot, second.slot]).toEqual([0, 1]);
  expect(first.tables.map((table) => [table.first, table.end])).toEqual([
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  expect(tables.allocate()).toBeUndefined();
});

test('a released slot is allocated again and is empty', () => {
  const tables = new BlockTables(1, 1, 4);
  const slot = tables.allocate()!;
  pushBlock(slot.tables[0]!, blockId(7));
  tables.release(slot);
  expect(() => tables.release(slot)).toThrow('released twice');
  const reallocated = tables.allocate()!;
  expect([reallocated.slot, reallocated.tables[0]!.end]).toEqual([slot.slot, 0]);
});

test('rows of different slots and groups are separate', () => {
  const tables = new BlockTables(2, 2, 1);
  const rows = [tables.allocate()!, tables.allocate()!].flatMap((slot) => slot.tables);
  rows.forEach((row, i) => {
    pushBlock(row, blockId(i));
  });
  expect(rows.map((row) => blockAt(row, 0))).toEqual([0, 1, 2, 3]);
});

test('a table contains the indexes from first to end - 1, and pushBlock throws when the table is full', () => {
  const { tables } = new BlockTables(1, 1, 3).allocate()!;
  const table = tables[0]!;
  for (const id of [4, 5, 6]) pushBlock(table, blockId(id));
  table.first = 1;
  expect([0, 1, 2, 3].map((index) => containsIndex(table, index))).toEqual([false, true, true, false]);
  expect(() => pushBlock(table, blockId(7))).toThrow('full');
});
