import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Sha256 } from './sha256.ts';

const sha256 = (...parts: (string | Uint8Array)[]): string => {
  const hash = new Sha256();
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const nodeSha256 = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

test('Sha256 returns the hash of FIPS 180-4 for empty input', () => {
  expect(sha256()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('Sha256 returns the same hash as node:crypto for lengths from 0 to 200', () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, i) => (i * 131 + 7) & 255);
  for (let length = 0; length <= bytes.length; length++)
    expect(sha256(bytes.subarray(0, length))).toBe(nodeSha256(bytes.subarray(0, length)));
});

test('Sha256 returns the same hash as node:crypto for several updates with bytes and strings', () => {
  const parts = ['a tensor\n', new Uint8Array(63).fill(9), '汉字', new Uint8Array(130).fill(255), ''];
  expect(sha256(...parts)).toBe(nodeSha256(...parts));
  expect(sha256('a'.repeat(100_000))).toBe(nodeSha256('a'.repeat(100_000)));
});
