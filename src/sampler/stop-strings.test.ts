import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StopStrings } from './stop-strings.ts';

interface EmittedText {
  /** the text emitted so far, after each piece and at the end */
  readonly texts: readonly string[];
  readonly stopped: boolean;
}

/** Pushes the pieces until a stop string is found; if none is found, flushes at the end. */
function emitPieces(stops: readonly string[], pieces: readonly string[]): EmittedText {
  const search = new StopStrings(stops);
  const texts: string[] = [];
  let allText = '';
  for (const piece of pieces) {
    const { text, stopped } = search.push(piece);
    allText += text;
    texts.push(allText);
    if (stopped) return { texts, stopped };
  }
  texts.push(allText + search.flush());
  return { texts, stopped: false };
}

/** Returns the text before the stop string that is complete first, by definition. */
function textBeforeStop(stops: readonly string[], text: string): string | undefined {
  for (let end = 0; end <= text.length; end++) {
    const starts = stops.filter((stop) => text.slice(0, end).endsWith(stop)).map((stop) => end - stop.length);
    if (starts.length > 0) return text.slice(0, Math.min(...starts));
  }
  return undefined;
}

const letters = (maxLength: number, minLength = 0): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom('a', 'b'), { minLength, maxLength }).map((characters) => characters.join(''));
const stopLists = fc.array(letters(4, 1), { maxLength: 3 });

test('StopStrings ends the text before the stop string that is completed first, for any division of the text into pieces', () => {
  fc.assert(
    fc.property(stopLists, fc.array(letters(6), { maxLength: 8 }), (stops, pieces) => {
      const text = pieces.join('');
      const { texts, stopped } = emitPieces(stops, pieces);
      const expected = textBeforeStop(stops, text);
      expect(stopped).toBe(expected !== undefined);
      expect(texts.at(-1)).toBe(expected ?? text);
    }),
    { numRuns: 2000 },
  );
});

test('StopStrings buffers only text that may be the start of a stop string', () => {
  fc.assert(
    fc.property(stopLists, fc.array(letters(4), { maxLength: 8 }), (stops, pieces) => {
      const { texts, stopped } = emitPieces(stops, pieces);
      const pushed = stopped ? texts.slice(0, -1) : texts.slice(0, pieces.length);
      pushed.forEach((text, i) => {
        const textSoFar = pieces.slice(0, i + 1).join('');
        const isStopStart = (end: string): boolean =>
          stops.some((stop) => stop.length > end.length && stop.startsWith(end));
        const suffixes = Array.from({ length: textSoFar.length + 1 }, (_, from) => textSoFar.slice(from));
        expect(textSoFar.slice(text.length)).toBe(suffixes.find(isStopStart) ?? '');
      });
    }),
  );
});

describe('StopStrings finds', () => {
  test.each([
    ['a stop string in several pieces', ['</s>'], ['Hi<', '/s', '> there'], 'Hi'],
    ['no stop string if only its start occurs', ['</s>'], ['a<', 'b', '<', '/x'], 'a<b</x'],
    ['a stop string after a partial match', ['aab'], ['aa', 'a', 'b'], 'a'],
    ['the first complete stop string if one contains another', ['bcd', 'c'], ['abcd'], 'ab'],
    ['the longer of two stop strings that end at the same position', ['c', 'bc'], ['abc'], 'a'],
    ['a stop string at the beginning of the text', ['###'], ['###', 'x'], ''],
    ['nothing without stop strings', [], ['x', 'y'], 'xy'],
    ['a stop string with non-ASCII characters', ['。终'], ['好。', '终了'], '好'],
  ])('%s', (_name, stops, pieces, expected) => {
    expect(emitPieces(stops, pieces).texts.at(-1)).toBe(expected);
  });
});
