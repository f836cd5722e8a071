import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { xdgFolder } from './xdg-folder.ts';

test('xdgFolder returns an absolute path and ignores a relative path, as the XDG specification requires', () => {
  const fallback = join(homedir(), '.local', 'share');
  expect(xdgFolder('relative/folder', '.local', 'share')).toBe(fallback);
  expect(xdgFolder('', '.local', 'share')).toBe(fallback);
  expect(xdgFolder(undefined, '.local', 'share')).toBe(fallback);
  expect(xdgFolder('/srv/quire', '.local', 'share')).toBe('/srv/quire');
});
