import { expect, test } from 'vitest';
import { fileError } from './file-source.ts';

const notFound = Object.assign(new Error('no such file'), { code: 'ENOENT' });

test.each([
  ['owner/repo-1.5', 'check the path, or write hf:owner/repo-1.5 for a model on the hub'],
  ['/models/one.gguf', 'check the path'],
  ['./one', 'check the path'],
  ['a/b/c', 'check the path'],
])('the hint for the missing file %s is "%s"', (path, hint) => {
  expect(fileError(path, notFound)).toMatchObject({ code: 'file_not_found', hint });
});
