// Counts the character accesses of a function, so that tests can check for linear time without a clock.
//
// During the count, the methods of strings, patterns, maps and sets are wrapped. The count increases by:
// - one for each single character that is read or that an iterator yields;
// - the length of text that is searched, compared, copied, changed or looked up;
// - for a pattern, the distance from the start of its search to the end of its match (known-patterns.test.ts checks how
//   often a pattern reads each character);
// - the length of a long string on which no method was called recently, because V8 flattens a concatenated string on the
//   first access: appending to a string piece by piece and reading it after each piece takes quadratic time;
// - one for each pair that byte-pair encoding pushes or pops.
// Loops over arrays of numbers and the internal work of native methods are not counted.

import { PairHeap } from '../../src/text/bpe/pair-heap.ts';

type Method = (this: unknown, ...given: unknown[]) => unknown;
type Cost = (self: unknown, given: readonly unknown[], result: unknown) => number;

const MIN_FLATTENED_LENGTH = 256;
const RECENT_STRINGS = 16;

const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);
const selfLength: Cost = (self) => lengthOf(self);
const unitCost: Cost = () => 1;
const resultLength: Cost = (_self, _given, returned) => lengthOf(returned);
const keyCost: Cost = (_self, [key]) => 1 + lengthOf(key);
const argumentLength: Cost = (_self, [argument]) => lengthOf(argument);

// The distance from the start of the search to the end of the match.
const searchedLength: Cost = (self, [searched, from], index) =>
  (Number(index) < 0 ? lengthOf(self) : Number(index) + lengthOf(searched)) - (Number(from) || 0);

const matchCost: Cost = (self, [text], match) => {
  const pattern = self as RegExp;
  const usesLastIndex = pattern.global || pattern.sticky;
  if (!Array.isArray(match)) return pattern.sticky ? 1 : lengthOf(String(text)) - searchStart;
  return (match as unknown as RegExpExecArray).index + lengthOf(match[0]) - (usesLastIndex ? searchStart : 0);
};
let searchStart = 0; // offset at which the current pattern started its search

const COSTS: readonly (readonly [object, Readonly<Record<string, Cost>>])[] = [
  [
    String.prototype,
    {
      ...{ charAt: unitCost, charCodeAt: unitCost, codePointAt: unitCost, at: unitCost },
      ...{
        slice: resultLength,
        substring: resultLength,
        repeat: resultLength,
        concat: resultLength,
        padStart: resultLength,
      },
      ...{
        startsWith: argumentLength,
        endsWith: argumentLength,
        indexOf: searchedLength,
        includes: selfLength,
        lastIndexOf: selfLength,
      },
      ...{
        replaceAll: selfLength,
        split: selfLength,
        normalize: selfLength,
        toLowerCase: selfLength,
        toUpperCase: selfLength,
        trim: selfLength,
      },
    },
  ],
  [RegExp.prototype, { exec: matchCost }],
  [Array.prototype, { join: resultLength }],
  [Map.prototype, { get: keyCost, has: keyCost, set: keyCost }],
  [Set.prototype, { has: keyCost, add: keyCost }],
  [PairHeap.prototype, { push: unitCost, pop: unitCost }],
];

/** Returns the number of character accesses of `work`, which must be synchronous. */
export function countCharacters(work: () => void): number {
  let count = 0;
  const recent: string[] = new Array<string>(RECENT_STRINGS).fill('');
  let oldest = 0;
  const countFlattening = (self: unknown): void => {
    if (typeof self !== 'string' || self.length < MIN_FLATTENED_LENGTH) return;
    for (let index = 0; index < RECENT_STRINGS; index++) if (recent[index] === self) return;
    recent[oldest++ % RECENT_STRINGS] = self;
    count += self.length;
  };
  const restore: (() => void)[] = [];
  const replace = (owner: object, name: PropertyKey, method: Method): void => {
    const original = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
    Object.defineProperty(owner, name, { ...original, value: method });
    restore.unshift(() => Object.defineProperty(owner, name, original));
  };
  for (const [owner, costs] of COSTS) {
    for (const [name, cost] of Object.entries(costs)) {
      const original = Object.getOwnPropertyDescriptor(owner, name)?.value as Method;
      replace(owner, name, function (...given) {
        countFlattening(this);
        if (cost === matchCost) {
          const pattern = this as RegExp;
          searchStart = pattern.global || pattern.sticky ? pattern.lastIndex : 0;
        }
        const outerSearchStart = searchStart;
        const returned = original.apply(this, given);
        searchStart = outerSearchStart;
        count += cost(this, given, returned);
        return returned;
      });
    }
  }
  const originalIterator = String.prototype[Symbol.iterator] as Method;
  replace(String.prototype, Symbol.iterator, function () {
    countFlattening(this);
    count += lengthOf(this);
    return originalIterator.call(this);
  });
  try {
    work();
  } finally {
    for (const undo of restore) undo();
  }
  return count;
}
