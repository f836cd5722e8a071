import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countCharacters } from '../../tests/support/count-characters.ts';
import { checkShape, type ShapeLimits } from './body-shape.ts';

const LIMITS: ShapeLimits = { values: 20, numbers: 10, depth: 5 };

/** What the text holds, by parsing it. */
function shapeOf(value: unknown): ShapeLimits {
  if (typeof value === 'number') return { values: 0, numbers: 1, depth: 0 };
  if (typeof value !== 'object' || value === null) return { values: 1, numbers: 0, depth: 0 };
  const inner = Object.values(value).map(shapeOf);
  return {
    values: inner.reduce((sum, { values }) => sum + values, 1),
    numbers: inner.reduce((sum, { numbers }) => sum + numbers, 0),
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
  };
}

const takes = (text: string, limits: ShapeLimits): boolean => {
  try {
    checkShape(text, limits);
    return true;
  } catch {
    return false;
  }
};

test('counts what a parser finds, whatever stands in texts and names', () => {
  const unit = fc.constantFrom(
    '"',
    '\\',
    '{',
    '}',
    '[',
    ',',
    ':',
    'a',
    '1',
    '-',
    ' ',
    '\n',
    '\u{1F600}',
    '\ud800',
  );
  const text = fc.string({ unit, maxLength: 6 });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.oneof(text, fc.double({ noNaN: true }), fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 6 }),
      fc.dictionary(text, tie('value'), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.constantFrom(0, 1), (given, spaces) => {
      const written = JSON.stringify(given, undefined, spaces);
      const shape = shapeOf(JSON.parse(written));
      expect(takes(written, shape)).toBe(true);
      for (const name of ['values', 'numbers', 'depth'] as const)
        if (shape[name] > 0) expect(takes(written, { ...shape, [name]: shape[name] - 1 })).toBe(false);
    }),
  );
});

describe('four megabytes', () => {
  const cases: readonly [string, string][] = [
    ['objects', `{"prompt":[${'{},'.repeat(1_300_000)}{}]}`],
    ['lists', `{"prompt":[${'[],'.repeat(1_300_000)}[]]}`],
    ['messages', `{"messages":[${'{"role":"user","content":""},'.repeat(130_000)}{}]}`],
    ['texts', `{"stop":[${'"",'.repeat(1_300_000)}""]}`],
    ['fields', `{${Array.from({ length: 300_000 }, (_, i) => `"x${i}":null`).join(',')}}`],
    ['numbers', `{"tokens":[${'5,'.repeat(2_000_000)}5]}`],
    ['depth', `{"prompt":${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}}`],
    ['what is no JSON', 'true,{'.repeat(650_000)],
  ];
  test.each(cases)('of %s are refused after a few of them', (_name, text) => {
    const looked = countCharacters(() => {
      expect(() => checkShape(text, LIMITS)).toThrow(expect.objectContaining({ code: 'bad_message' }));
    });
    expect(looked).toBeLessThan(text.length + 1000); // the text itself is made flat once
    expect(() => checkShape(text)).toThrow(expect.objectContaining({ code: 'bad_message' }));
  });

  test.each([
    ['one text', JSON.stringify({ prompt: 'a\\"{[,'.repeat(500_000) })],
    ['a text that does not end', `{"prompt":"${'x'.repeat(4_000_000)}`],
    ['backslashes', `{"prompt":"${'\\'.repeat(4_000_000)}"}`],
  ])('of %s are looked at once', (_name, text) => {
    const looked = countCharacters(() => checkShape(text));
    expect(looked).toBeLessThan(3.1 * text.length);
  });
});
