import { expect, test } from 'vitest';
import { readChecksum } from './checksum.ts';

const SHA1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test.each([
  [SHA1, 'git-sha1', SHA1],
  [`"${SHA256}"`, 'sha256', SHA256],
  [`W/"${SHA256.toUpperCase()}"`, 'sha256', SHA256],
])('readChecksum parses %s as %s', (text, algorithm, hex) => {
  expect(readChecksum(text)).toEqual({ algorithm, hex });
});

test.each(['', '""', `${SHA1}-3`, SHA256.slice(1), `../${SHA1}`, SHA1.replace('d', 'g')])(
  'readChecksum returns undefined for %j',
  (text) => {
    expect(readChecksum(text)).toBeUndefined();
  },
);
