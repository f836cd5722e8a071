import { expect, test } from 'vitest';
import { Forks } from './forks.ts';
import { Sequence, type SequenceOptions } from './sequence.ts';

let nextId = 0;
const sequence = (options: Partial<SequenceOptions> = {}): Sequence =>
  new Sequence(nextId++, { prompt: [1, 2, 3], capacity: 20, ...options });

/** A parent with `count` waiting forks. */
function attached(count: number) {
  const forks = new Forks();
  const parent = sequence();
  const children = Array.from({ length: count }, () => sequence());
  for (const child of children) forks.attach(parent, child);
  return { forks, parent, children };
}

test('forks are taken in the order of the requests, and counted until then', () => {
  const { forks, parent, children } = attached(3);
  expect([forks.count, forks.hasForks(parent)]).toEqual([3, true]);
  expect(forks.take(parent, 2)).toEqual(children.slice(0, 2));
  expect([forks.count, forks.hasForks(parent)]).toEqual([1, true]);
  expect(forks.take(parent, 2)).toEqual(children.slice(2));
  expect([forks.count, forks.hasForks(parent), forks.take(parent, 2)]).toEqual([0, false, []]);
});

test('no fork is taken without a free slot', () => {
  const { forks, parent } = attached(2);
  expect([forks.take(parent, 0), forks.take(parent, -1), forks.count]).toEqual([[], [], 2]);
});

test('a fork that starts has all tokens of its parent', () => {
  const { forks, parent } = attached(1);
  for (const token of [7, 8]) parent.append(token);
  const [fork] = forks.take(parent, 1);
  forks.begin(fork!, parent);
  expect([...fork!.tokens]).toEqual([1, 2, 3, 7, 8]);
});

test('a fork released from its parent has the tokens that the parent had at the time of the request', () => {
  const forks = new Forks();
  const parent = sequence();
  const [early, late] = [sequence(), sequence()];
  forks.attach(parent, early);
  parent.append(7);
  forks.attach(parent, late);
  parent.append(8);
  expect(forks.releaseAll(parent)).toEqual([early, late]);
  expect([[...early.tokens], [...late.tokens]]).toEqual([
    [1, 2, 3],
    [1, 2, 3, 7],
  ]);
  expect(forks.count).toBe(0);
});

test('forks taken for a step are released when their parent ends in the step, except those that ended', () => {
  const { forks, parent, children } = attached(2);
  parent.append(7);
  const taken = forks.take(parent, 2);
  parent.end();
  children[0]!.end();
  forks.cancel(children[0]!);
  expect(forks.releaseAll(parent)).toEqual([]);
  expect(forks.release(taken)).toEqual([children[1]]);
  expect(() => forks.release(taken)).toThrow('released twice');
});

test('a cancelled fork is neither taken nor counted', () => {
  const { forks, parent, children } = attached(3);
  forks.cancel(children[1]!);
  forks.cancel(children[1]!);
  forks.cancel(sequence()); // was never a fork
  expect(forks.count).toBe(2);
  expect(forks.take(parent, 5)).toEqual([children[0], children[2]]);
});

test('a parent has no forks after the last one is cancelled', () => {
  const { forks, parent, children } = attached(1);
  forks.cancel(children[0]!);
  expect([forks.hasForks(parent), forks.count]).toEqual([false, 0]);
});

test('a fork of a fork has the tokens that its parent adopted in the meantime', () => {
  const { forks, parent, children } = attached(1);
  const [child] = children;
  const grandchild = sequence();
  forks.attach(child!, grandchild);
  for (const token of [7, 8]) parent.append(token);
  forks.begin(forks.take(parent, 1)[0]!, parent);
  expect(forks.releaseAll(child!)).toEqual([grandchild]);
  expect([...grandchild.tokens]).toEqual([1, 2, 3, 7, 8]);
});

test('attach rejects a second attachment, another salt and a finished parent', () => {
  const { forks, parent, children } = attached(1);
  expect(() => forks.attach(parent, children[0]!)).toThrow('twice');
  expect(() => forks.attach(parent, sequence({ salt: 'another' }))).toThrow('salt');
  parent.end();
  expect(() => forks.attach(parent, sequence())).toThrow('finished');
});
