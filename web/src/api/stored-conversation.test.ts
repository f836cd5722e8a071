import { expect, test } from 'vitest';
import { hasVisibleCharacters } from './stored-conversation.ts';

test('a title of spaces, control or direction characters counts as empty', () => {
  for (const title of ['', '  ', '\u200b\u202e', '\u0007']) expect(hasVisibleCharacters(title)).toBe(false);
  for (const title of ['a', '你好', '…', '👍', '\u202e1']) expect(hasVisibleCharacters(title)).toBe(true);
});
