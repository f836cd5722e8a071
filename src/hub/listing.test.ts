import { expect, test } from 'vitest';
import { nextCursor, readCommit, readSiblings, readTree } from './listing.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const SHA256 = 'ab'.repeat(32);

const badResponse = expect.objectContaining({ code: 'bad_hub_answer' });

test('readCommit returns the commit of a revision', () => {
  expect(readCommit({ id: 'owner/repo', sha: COMMIT })).toBe(COMMIT);
});

test.each([[{}], [{ sha: 7 }], [{ sha: '../x' }], [{ sha: COMMIT.slice(1) }], [undefined], [[]], ['x']])(
  'readCommit rejects %j',
  (response) => {
    expect(() => readCommit(response)).toThrow(badResponse);
  },
);

test('readTree returns the blob id of small files and the SHA-256 of large files', () => {
  const tree = [
    { type: 'directory', oid: COMMIT, size: 0, path: 'sub' },
    { type: 'file', oid: COMMIT, size: 7, path: 'config.json' },
    {
      type: 'file',
      oid: COMMIT,
      size: 135,
      path: 'sub/a.gguf',
      lfs: { oid: SHA256, size: 9_000_000_000, pointerSize: 135 },
    },
  ];
  expect(readTree(tree)).toEqual([
    { path: 'config.json', size: 7, checksum: { algorithm: 'git-sha1', hex: COMMIT } },
    { path: 'sub/a.gguf', size: 9_000_000_000, checksum: { algorithm: 'sha256', hex: SHA256 } },
  ]);
});

test.each([-1, 1.5, 2 ** 60, '7', undefined])('readTree ignores a size of %j', (size) => {
  expect(readTree([{ type: 'file', path: 'a', size, oid: COMMIT }])[0]?.size).toBeUndefined();
});

test('readTree ignores an id that is not a checksum', () => {
  expect(readTree([{ type: 'file', path: 'a', size: 1, oid: '../../x' }])[0]?.checksum).toBeUndefined();
});

test('readSiblings returns the file names', () => {
  const unknown = { size: undefined, checksum: undefined };
  expect(readSiblings({ siblings: [{ rfilename: 'a' }] })).toEqual([{ path: 'a', ...unknown }]);
});

test('readTree and readSiblings reject responses of another structure', () => {
  expect(() => readTree({})).toThrow(badResponse);
  expect(() => readTree([{ type: 'file' }])).toThrow(badResponse);
  expect(() => readSiblings({})).toThrow(badResponse);
  expect(() => readSiblings({ siblings: [{ rfilename: 7 }] })).toThrow(badResponse);
});

test('nextCursor returns the cursor of the next page, whatever the host of the link', () => {
  const link = '<https://other.example/api/models/o/r/tree/x?recursive=true&cursor=a%2Bb%3D>; rel="next"';
  expect(nextCursor(link)).toBe('a+b=');
  expect(nextCursor('</x?cursor=c>; rel="next"')).toBe('c');
  expect(nextCursor(undefined)).toBeUndefined();
  expect(nextCursor('<https://x/y>; rel="prev"')).toBeUndefined();
  expect(() => nextCursor('<https://x/y>; rel="next"')).toThrow(badResponse);
});
