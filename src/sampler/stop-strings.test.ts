import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StopStrings } from './stop-strings.ts';

interface Emitted {
  /** after each piece */
  readonly texts: readonly string[];
  readonly stopped: boolean;
}

/** Pushes pieces until a stop string is found; otherwise flushes at the end. */
function emitted(stops: readonly string[], pieces: readonly string[]): Emitted {
  const search = new StopStrings(stops);
  const texts: string[] = [];
  let all = '';
  for (const piece of pieces) {
    const { text, stopped } = search.push(piece);
    all += text;
    texts.push(all);
    if (stopped) return { texts, stopped };
  }
  texts.push(all + search.flush());
  return { texts, stopped: false };
}

/** The definition: the text before the stop string that is complete first. */
function cut(stops: readonly string[], text: string): string | undefined {
  for (let end = 0; end <= text.length; end++) {
    const starts = stops.filter((stop) => text.slice(0, end).endsWith(stop)).map((stop) => end - stop.length);
    if (starts.length > 0) return text.slice(0, Math.min(...starts));
  }
  return undefined;
}

const letters = (most: number, least = 0): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom('a', 'b'), { minLength: least, maxLength: most })
    .map((characters) => characters.join(''));
const stopLists = fc.array(letters(4, 1), { maxLength: 3 });

test('the text ends before the stop string that is complete first, however it is split', () => {
  fc.assert(
    fc.property(stopLists, fc.array(letters(6), { maxLength: 8 }), (stops, pieces) => {
      const text = pieces.join('');
      const { texts, stopped } = emitted(stops, pieces);
      const expected = cut(stops, text);
      expect(stopped).toBe(expected !== undefined);
      expect(texts.at(-1)).toBe(expected ?? text);
    }),
    { numRuns: 2000 },
  );
});

test('only text that may be the start of a stop string is held back', () => {
  fc.assert(
    fc.property(stopLists, fc.array(letters(4), { maxLength: 8 }), (stops, pieces) => {
      const { texts, stopped } = emitted(stops, pieces);
      const pushed = stopped ? texts.slice(0, -1) : texts.slice(0, pieces.length);
      pushed.forEach((text, i) => {
        const sofar = pieces.slice(0, i + 1).join('');
        const begins = (end: string): boolean =>
          stops.some((stop) => stop.length > end.length && stop.startsWith(end));
        const ends = Array.from({ length: sofar.length + 1 }, (_, from) => sofar.slice(from));
        expect(sofar.slice(text.length)).toBe(ends.find(begins) ?? '');
      });
    }),
  );
});

describe('examples', () => {
  test.each([
    ['across pieces', ['</s>'], ['Hi<', '/s', '> there'], 'Hi'],
    ['a start that is not completed', ['</s>'], ['a<', 'b', '<', '/x'], 'a<b</x'],
    ['a start within a start', ['aab'], ['aa', 'a', 'b'], 'a'],
    ['one inside another: the first complete one', ['bcd', 'c'], ['abcd'], 'ab'],
    ['two that end together: the longer', ['c', 'bc'], ['abc'], 'a'],
    ['at the very beginning', ['###'], ['###', 'x'], ''],
    ['none', [], ['x', 'y'], 'xy'],
    ['beyond ASCII', ['。终'], ['好。', '终了'], '好'],
  ])('%s', (_name, stops, pieces, expected) => {
    expect(emitted(stops, pieces).texts.at(-1)).toBe(expected);
  });
});
