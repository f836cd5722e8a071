import { expect, test } from 'vitest';
import { folderName } from './folder-name.ts';

test.each([
  ['/models/tiny-llama', 'tiny-llama'],
  ['/models/tiny-llama/', 'tiny-llama'],
  ['/hub/models--owner--re.po-1/snapshots/0123abc', 'owner/re.po-1'],
  ['/hub/models--owner--repo/snapshots/0123abc/sub', 'sub'],
  ['/hub/models--owner--repo', 'models--owner--repo'],
])('folderName(%s) returns %s', (folder, name) => {
  expect(folderName(folder)).toBe(name);
});
