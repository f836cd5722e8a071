import { expect, test } from 'vitest';
import { fileError } from './file-source.ts';

const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' });

test.each([
  ['owner/repo-1.5', 'check the path, or write hf:owner/repo-1.5 for a model on the hub'],
  ['/models/one.gguf', 'check the path'],
  ['./one', 'check the path'],
  ['a/b/c', 'check the path'],
])('%s that does not exist: %s', (path, hint) => {
  expect(fileError(path, missing)).toMatchObject({ code: 'file_not_found', hint });
});
