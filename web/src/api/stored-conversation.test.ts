import { expect, test } from 'vitest';
import { hasVisibleCharacters } from './stored-conversation.ts';

test('hasVisibleCharacters is false for spaces, control characters and direction marks', () => {
  for (const title of ['', '  ', '\u200b\u202e', '\u0007']) expect(hasVisibleCharacters(title)).toBe(false);
  for (const title of ['a', '你好', '…', '👍', '\u202e1']) expect(hasVisibleCharacters(title)).toBe(true);
});
