import fc from 'fast-check';
import { expect, test } from 'vitest';
import { finish, finishInSlices } from '../../../base/steps.ts';
import { MAX_BODY_DEPTH, MAX_BODY_NUMBERS, MAX_BODY_VALUES } from '../limits.ts';
import { checkShapeSteps } from './json-shape.ts';

const check = (json: string, maxValues = MAX_BODY_VALUES): void =>
  finish(checkShapeSteps(Buffer.from(json), { values: maxValues }));

/** Counts a JSON value and all values inside it, except numbers. */
function countValues(value: unknown): number {
  if (typeof value === 'number') return 0;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + countValues(inner), 1);
}

test('checkShapeSteps counts as many values as the parser finds, for any JSON', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.boolean(), (json, isIndented) => {
      const value: unknown = JSON.parse(json);
      const text = isIndented ? JSON.stringify(value, undefined, 2) : json;
      const count = countValues(value);
      check(text, count + 1); // a key counts as a value until its colon
      if (count > 0) expect(() => check(text, count - 1)).toThrow(/has more than/);
    }),
  );
});

test('checkShapeSteps ignores brackets and commas inside strings', () => {
  const text = `${'['.repeat(1000)}"{}\\",1,[`;
  check(JSON.stringify({ [text]: [text, 1, text] }), 4);
});

test('checkShapeSteps has separate limits for the number of numbers and the depth', () => {
  const listOfNumbers = (count: number): string => `[${Array(count).fill('-1.5e+3').join(',')}]`;
  check(listOfNumbers(MAX_BODY_NUMBERS), 1);
  expect(() => check(listOfNumbers(MAX_BODY_NUMBERS + 1), 1)).toThrow(/more than \d+ numbers/);
  const nestedLists = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  check(nestedLists(MAX_BODY_DEPTH));
  expect(() => check(nestedLists(MAX_BODY_DEPTH + 1))).toThrow(/nested more than/);
});

test('checkShapeSteps scans invalid JSON to the end or to the limit', () => {
  for (const invalid of ['', '{', '}', ']]]]', '"', '"\\', ':::', ',,,', '1 2 3', 'nul', '\u0000', '{"a"'])
    check(invalid);
  expect(() => check('{'.repeat(1000))).toThrow(/nested more than/);
  expect(() => check('"",'.repeat(1000), 100)).toThrow(/has more than 100 values/);
});

test('checkShapeSteps pauses after each block', async () => {
  let yields = 0;
  const waitForSlice = async (): Promise<void> => {
    yields++;
  };
  await finishInSlices(checkShapeSteps(Buffer.alloc(4 * 2 ** 20, ' ')), { budgetMs: 0, waitForSlice });
  expect(yields).toBeGreaterThanOrEqual(64);
});
