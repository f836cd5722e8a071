import { expect, test } from 'vitest';
import { fileName } from './download-file.ts';

test('fileName converts a title to a file name that is valid on every file system', () => {
  expect(fileName('a/b: "c"?', 'json')).toBe('a b c.json');
  expect(fileName('..', 'markdown')).toBe('conversation.md');
  expect(fileName('珠峰', 'markdown')).toBe('珠峰.md');
});
