import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Sha256 } from './sha256.ts';

const ours = (...parts: (string | Uint8Array)[]): string => {
  const hash = new Sha256();
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const nodes = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

test('the hash of empty input is that of FIPS 180-4', () => {
  expect(ours()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('equals the hash of node:crypto for each length around a block', () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, i) => (i * 131 + 7) & 255);
  for (let length = 0; length <= bytes.length; length++)
    expect(ours(bytes.subarray(0, length))).toBe(nodes(bytes.subarray(0, length)));
});

test('does not depend on how bytes and strings are split', () => {
  const parts = ['a tensor\n', new Uint8Array(63).fill(9), '汉字', new Uint8Array(130).fill(255), ''];
  expect(ours(...parts)).toBe(nodes(...parts));
  expect(ours('a'.repeat(100_000))).toBe(nodes('a'.repeat(100_000)));
});
