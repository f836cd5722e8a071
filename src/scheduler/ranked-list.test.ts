import { expect, test } from 'vitest';
import { rankByArrival, rankByPriority } from './policies.ts';
import { RankedList } from './ranked-list.ts';
import { Sequence, type SequenceOptions } from './sequence.ts';

const sequenceOf = (id: number, options: Partial<SequenceOptions> = {}): Sequence =>
  new Sequence(id, { prompt: [1], capacity: 2, ...options });

const idsOf = (list: RankedList): number[] => [...list].map(({ id }) => id);

test('a list is sorted by rank, independently of the order in which sequences are added', () => {
  const list = new RankedList(rankByArrival);
  for (const arrivedAt of [30, 10, 40, 20]) list.add(sequenceOf(arrivedAt, { arrivedAt }));
  expect(idsOf(list)).toEqual([10, 20, 30, 40]);
  expect([list.length, list.at(0)?.id, list.at(-1)?.id, list.at(4)]).toEqual([4, 10, 40, undefined]);
});

test('sequences of the same rank are sorted by id', () => {
  const list = new RankedList(rankByArrival);
  for (const id of [3, 1, 2]) list.add(sequenceOf(id));
  expect(idsOf(list)).toEqual([1, 2, 3]);
});

test('a list uses the rank of its policy', () => {
  const list = new RankedList(rankByPriority(100));
  list.add(sequenceOf(1, { arrivedAt: 0 }));
  list.add(sequenceOf(2, { arrivedAt: 50, priority: 1 }));
  list.add(sequenceOf(3, { arrivedAt: 150, priority: 1 }));
  expect(idsOf(list)).toEqual([2, 1, 3]);
});

test('`remove` removes only the identical object, and returns whether the list contained the object', () => {
  const list = new RankedList(rankByArrival);
  const [first, second, twin] = [sequenceOf(1), sequenceOf(2), sequenceOf(1)];
  list.add(first);
  list.add(second);
  expect([list.remove(twin), list.remove(sequenceOf(9)), list.length]).toEqual([false, false, 2]);
  expect([list.remove(first), list.remove(first), idsOf(list)]).toEqual([true, false, [2]]);
});
