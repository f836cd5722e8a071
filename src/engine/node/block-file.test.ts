import { expect, test } from 'vitest';
import { decodeBlock, encodeBlock, HEADER_BYTES } from './block-file.ts';

const identity = { fingerprint: 'ab'.repeat(32), key: '0c'.repeat(32) };
const content = Uint8Array.of(1, 2, 3, 4, 5, 9, 8, 7);

const fileOf = async (): Promise<Buffer> => Buffer.concat(await encodeBlock(identity, content));

test('a block file has the expected length and decodes to its content', async () => {
  const file = await fileOf();
  expect(file.length).toBe(HEADER_BYTES + 8);
  const read = await decodeBlock(file, identity);
  expect([...read!]).toEqual([...content]);
});

test('a file that is too short or too long is rejected', async () => {
  const file = await fileOf();
  for (let length = 0; length < file.length; length++) {
    expect(await decodeBlock(file.subarray(0, length), identity)).toBeUndefined();
  }
  expect(await decodeBlock(Buffer.concat([file, Buffer.of(0)]), identity)).toBeUndefined();
});

test('a file with any flipped bit is rejected', async () => {
  const file = await fileOf();
  for (let bit = 0; bit < 8 * file.length; bit++) {
    file[bit >> 3]! ^= 1 << (bit & 7);
    expect(await decodeBlock(file, identity)).toBeUndefined();
    file[bit >> 3]! ^= 1 << (bit & 7);
  }
  expect([...(await decodeBlock(file, identity))!]).toEqual([...content]);
});

test('an intact file of another engine or another text is rejected', async () => {
  const file = await fileOf();
  expect(await decodeBlock(file, { ...identity, fingerprint: 'ac'.repeat(32) })).toBeUndefined();
  expect(await decodeBlock(file, { ...identity, key: '1c'.repeat(32) })).toBeUndefined();
});
