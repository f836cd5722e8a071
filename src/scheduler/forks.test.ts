import { expect, test } from 'vitest';
import { Forks } from './forks.ts';
import { Sequence, type SequenceOptions } from './sequence.ts';

let nextId = 0;
const createSequence = (options: Partial<SequenceOptions> = {}): Sequence =>
  new Sequence(nextId++, { prompt: [1, 2, 3], capacity: 20, ...options });

/** Creates a parent with `count` attached forks. */
function attachForks(count: number) {
  const forks = new Forks();
  const parent = createSequence();
  const children = Array.from({ length: count }, () => createSequence());
  for (const child of children) forks.attach(parent, child);
  return { forks, parent, children };
}

test('`detach` returns forks in the order of the requests, and `count` includes a fork until it is detached', () => {
  const { forks, parent, children } = attachForks(3);
  expect([forks.count, forks.hasForks(parent)]).toEqual([3, true]);
  expect(forks.detach(parent, 2)).toEqual(children.slice(0, 2));
  expect([forks.count, forks.hasForks(parent)]).toEqual([1, true]);
  expect(forks.detach(parent, 2)).toEqual(children.slice(2));
  expect([forks.count, forks.hasForks(parent), forks.detach(parent, 2)]).toEqual([0, false, []]);
});

test('`detach` returns no fork if the maximum is 0 or negative', () => {
  const { forks, parent } = attachForks(2);
  expect([forks.detach(parent, 0), forks.detach(parent, -1), forks.count]).toEqual([[], [], 2]);
});

test('`begin` copies all tokens of the parent to the fork', () => {
  const { forks, parent } = attachForks(1);
  for (const token of [7, 8]) parent.append(token);
  const [fork] = forks.detach(parent, 1);
  forks.begin(fork!, parent);
  expect([...fork!.tokens]).toEqual([1, 2, 3, 7, 8]);
});

test('`releaseAll` copies to each fork the tokens that the parent had when the fork was requested', () => {
  const forks = new Forks();
  const parent = createSequence();
  const [firstFork, secondFork] = [createSequence(), createSequence()];
  forks.attach(parent, firstFork);
  parent.append(7);
  forks.attach(parent, secondFork);
  parent.append(8);
  expect(forks.releaseAll(parent)).toEqual([firstFork, secondFork]);
  expect([[...firstFork.tokens], [...secondFork.tokens]]).toEqual([
    [1, 2, 3],
    [1, 2, 3, 7],
  ]);
  expect(forks.count).toBe(0);
});

test('`release` returns the detached forks whose parent ended, except forks that have also ended', () => {
  const { forks, parent, children } = attachForks(2);
  parent.append(7);
  const detached = forks.detach(parent, 2);
  parent.end();
  children[0]!.end();
  forks.cancel(children[0]!);
  expect(forks.releaseAll(parent)).toEqual([]);
  expect(forks.release(detached)).toEqual([children[1]]);
  expect(() => forks.release(detached)).toThrow('released twice');
});

test('a cancelled fork is neither detached nor counted', () => {
  const { forks, parent, children } = attachForks(3);
  forks.cancel(children[1]!);
  forks.cancel(children[1]!);
  forks.cancel(createSequence()); // is not a fork
  expect(forks.count).toBe(2);
  expect(forks.detach(parent, 5)).toEqual([children[0], children[2]]);
});

test('hasForks is false after the last fork is cancelled', () => {
  const { forks, parent, children } = attachForks(1);
  forks.cancel(children[0]!);
  expect([forks.hasForks(parent), forks.count]).toEqual([false, 0]);
});

test('a fork of a fork has the tokens that the first fork copied after the request', () => {
  const { forks, parent, children } = attachForks(1);
  const [child] = children;
  const grandchild = createSequence();
  forks.attach(child!, grandchild);
  for (const token of [7, 8]) parent.append(token);
  forks.begin(forks.detach(parent, 1)[0]!, parent);
  expect(forks.releaseAll(child!)).toEqual([grandchild]);
  expect([...grandchild.tokens]).toEqual([1, 2, 3, 7, 8]);
});

test('`attach` rejects a fork that is already attached, a fork with another salt, and a finished parent', () => {
  const { forks, parent, children } = attachForks(1);
  expect(() => forks.attach(parent, children[0]!)).toThrow('twice');
  expect(() => forks.attach(parent, createSequence({ salt: 'another' }))).toThrow('salt');
  parent.end();
  expect(() => forks.attach(parent, createSequence())).toThrow('finished');
});
