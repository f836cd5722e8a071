import { expect, test, vi } from 'vitest';
import { createTokenizer } from '../text/tokenizer.ts';
import { byteLevelData } from '../text/vocabulary-fixture.ts';
import { decodeRawInTurns, tokenizedJson } from './token-texts.ts';

const tokenizer = createTokenizer(byteLevelData());
const spell = (token: number): string => tokenizer.piece(token);

async function written(tokens: readonly number[], spelled: boolean): Promise<string[]> {
  const pieces: string[] = [];
  const text = { tokens, contextLength: 7, ...(spelled ? { spell } : {}) };
  for await (const piece of tokenizedJson(text)) pieces.push(piece);
  return pieces;
}

test.each([0, 1, 4095, 4096, 4097, 10_000])(
  '%i tokens are the JSON that they would be at once',
  async (count) => {
    const tokens = Array.from({ length: count }, (_, i) => i % tokenizer.vocabSize);
    const whole = { tokens, count, max_model_len: 7 };
    expect((await written(tokens, false)).join('')).toBe(JSON.stringify(whole));
    expect((await written(tokens, true)).join('')).toBe(
      JSON.stringify({ ...whole, token_strs: tokens.map(spell) }),
    );
    expect(await decodeRawInTurns(tokenizer, tokens)).toBe(tokenizer.decodeRaw(tokens));
  },
);

test('characters in several tokens are put together across pieces', async () => {
  const ids = tokenizer.encode('\u{1F600}\ufeff', { place: 'inside' });
  const tokens = Array.from({ length: 3000 }, () => ids).flat();
  expect(await decodeRawInTurns(tokenizer, tokens)).toBe(tokenizer.decodeRaw(tokens));
});

test('no piece is long, and between two of them others have their turn', async () => {
  const turns = vi.spyOn(globalThis, 'setImmediate');
  const tokens = Array<number>(100_000).fill(tokenizer.vocabSize - 1);
  const pieces = await written(tokens, true);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(200_000);
  expect(turns.mock.calls.length).toBeGreaterThanOrEqual(2 * Math.floor(100_000 / 4096));
  turns.mockRestore();
});
