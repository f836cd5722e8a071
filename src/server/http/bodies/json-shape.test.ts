import fc from 'fast-check';
import { expect, test } from 'vitest';
import { finish, finishInSlices } from '../../../base/steps.ts';
import { MAX_BODY_DEPTH, MAX_BODY_NUMBERS, MAX_BODY_VALUES } from '../limits.ts';
import { checkShapeSteps } from './json-shape.ts';

const check = (json: string, values = MAX_BODY_VALUES): void =>
  finish(checkShapeSteps(Buffer.from(json), { values }));

/** Everything in a JSON value that is no number, itself included. */
function valuesIn(value: unknown): number {
  if (typeof value === 'number') return 0;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + valuesIn(inner), 1);
}

test('values are counted in any JSON as a parser would find them', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.boolean(), (json, spaced) => {
      const value: unknown = JSON.parse(json);
      const text = spaced ? JSON.stringify(value, undefined, 2) : json;
      const count = valuesIn(value);
      check(text, count + 1); // a name counts until its colon
      if (count > 0) expect(() => check(text, count - 1)).toThrow(/holds more than/);
    }),
  );
});

test('what is in strings is neither a value nor deep, whatever it looks like', () => {
  const text = `${'['.repeat(1000)}"{}\\",1,[`;
  check(JSON.stringify({ [text]: [text, 1, text] }), 4);
});

test('numbers and depth have limits of their own', () => {
  const numbers = (count: number): string => `[${Array(count).fill('-1.5e+3').join(',')}]`;
  check(numbers(MAX_BODY_NUMBERS), 1);
  expect(() => check(numbers(MAX_BODY_NUMBERS + 1), 1)).toThrow(/more than \d+ numbers/);
  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  check(deep(MAX_BODY_DEPTH));
  expect(() => check(deep(MAX_BODY_DEPTH + 1))).toThrow(/nested more than/);
});

test('what is no JSON is counted too, to its end or to the limit', () => {
  for (const bad of ['', '{', '}', ']]]]', '"', '"\\', ':::', ',,,', '1 2 3', 'nul', '\u0000', '{"a"'])
    check(bad);
  expect(() => check('{'.repeat(1000))).toThrow(/nested more than/);
  expect(() => check('"",'.repeat(1000), 100)).toThrow(/holds more than 100 values/);
});

test('the count goes on for no longer than a block before others have their turn', async () => {
  let turns = 0;
  const turn = async (): Promise<void> => {
    turns++;
  };
  await finishInSlices(checkShapeSteps(Buffer.alloc(4 * 2 ** 20, ' ')), { budgetMs: 0, waitForSlice: turn });
  expect(turns).toBeGreaterThanOrEqual(64);
});
