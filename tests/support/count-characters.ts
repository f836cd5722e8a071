// Counts the character accesses of a function, so that tests can check for linear time without a clock.
//
// While it counts, the methods of strings, patterns, maps and sets are wrapped. Counted are:
// - one for each single character that is read, and for each that an iteration yields;
// - the length of text that is searched, compared, copied, changed or looked up;
// - for a pattern, the distance from the start of its search to the end of its match (known-patterns.test.ts checks how
//   often a pattern reads each character);
// - the whole length of a long string on which no method was called recently: V8 flattens a concatenated string then,
//   which makes a text that grows piece by piece take quadratic time;
// - one for each pair that byte-pair encoding considers.
// Not counted: loops over arrays of numbers, and the work of native code within one of these calls.

import { PairHeap } from '../../src/text/bpe/pair-heap.ts';

type Method = (this: unknown, ...given: unknown[]) => unknown;
type Cost = (self: unknown, given: readonly unknown[], result: unknown) => number;

const LONG = 256;
const RECENT = 16;

const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);
const whole: Cost = (self) => lengthOf(self);
const one: Cost = () => 1;
const result: Cost = (_self, _given, made) => lengthOf(made);
const key: Cost = (_self, [asked]) => 1 + lengthOf(asked);
const argument: Cost = (_self, [asked]) => lengthOf(asked);

// From the start of the search to the end of the match.
const found: Cost = (self, [searched, from], index) =>
  (Number(index) < 0 ? lengthOf(self) : Number(index) + lengthOf(searched)) - (Number(from) || 0);

const matched: Cost = (self, [text], match) => {
  const pattern = self as RegExp;
  const moves = pattern.global || pattern.sticky;
  if (!Array.isArray(match)) return pattern.sticky ? 1 : lengthOf(String(text)) - before;
  return (match as unknown as RegExpExecArray).index + lengthOf(match[0]) - (moves ? before : 0);
};
let before = 0; // where the current pattern started its search

const COSTS: readonly (readonly [object, Readonly<Record<string, Cost>>])[] = [
  [
    String.prototype,
    {
      ...{ charAt: one, charCodeAt: one, codePointAt: one, at: one },
      ...{ slice: result, substring: result, repeat: result, concat: result, padStart: result },
      ...{ startsWith: argument, endsWith: argument, indexOf: found, includes: whole, lastIndexOf: whole },
      ...{
        replaceAll: whole,
        split: whole,
        normalize: whole,
        toLowerCase: whole,
        toUpperCase: whole,
        trim: whole,
      },
    },
  ],
  [RegExp.prototype, { exec: matched }],
  [Array.prototype, { join: result }],
  [Map.prototype, { get: key, has: key, set: key }],
  [Set.prototype, { has: key, add: key }],
  [PairHeap.prototype, { push: one, pop: one }],
];

/** Returns the number of character accesses of `work`, which must be synchronous. */
export function countCharacters(work: () => void): number {
  let count = 0;
  const recent: string[] = new Array<string>(RECENT).fill('');
  let oldest = 0;
  const flatten = (self: unknown): void => {
    if (typeof self !== 'string' || self.length < LONG) return;
    for (let index = 0; index < RECENT; index++) if (recent[index] === self) return;
    recent[oldest++ % RECENT] = self;
    count += self.length;
  };
  const restore: (() => void)[] = [];
  const replace = (owner: object, name: PropertyKey, method: Method): void => {
    const usual = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
    Object.defineProperty(owner, name, { ...usual, value: method });
    restore.unshift(() => Object.defineProperty(owner, name, usual));
  };
  for (const [owner, costs] of COSTS) {
    for (const [name, cost] of Object.entries(costs)) {
      const usual = Object.getOwnPropertyDescriptor(owner, name)?.value as Method;
      replace(owner, name, function (...given) {
        flatten(this);
        if (cost === matched) {
          const pattern = this as RegExp;
          before = pattern.global || pattern.sticky ? pattern.lastIndex : 0;
        }
        const start = before;
        const made = usual.apply(this, given);
        before = start;
        count += cost(this, given, made);
        return made;
      });
    }
  }
  const characters = String.prototype[Symbol.iterator] as Method;
  replace(String.prototype, Symbol.iterator, function () {
    flatten(this);
    count += lengthOf(this);
    return characters.call(this);
  });
  try {
    work();
  } finally {
    for (const undo of restore) undo();
  }
  return count;
}
