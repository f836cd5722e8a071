import { expect, test } from 'vitest';
import { hasLetters } from './stored-conversation.ts';

test('a title of spaces, control or direction characters counts as empty', () => {
  for (const title of ['', '  ', '\u200b\u202e', '\u0007']) expect(hasLetters(title)).toBe(false);
  for (const title of ['a', '你好', '…', '👍', '\u202e1']) expect(hasLetters(title)).toBe(true);
});
