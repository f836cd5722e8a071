import { expect, test } from 'vitest';
import { decodeBlock, encodeBlock, HEADER_BYTES } from './block-file.ts';

const identity = { fingerprint: 'ab'.repeat(32), key: '0c'.repeat(32) };
const content = Uint8Array.of(1, 2, 3, 4, 5, 9, 8, 7);

const encodeFile = async (): Promise<Buffer> => Buffer.concat(await encodeBlock(identity, content));

test('decodeBlock returns the content that encodeBlock has encoded', async () => {
  const file = await encodeFile();
  expect(file.length).toBe(HEADER_BYTES + 8);
  const decoded = await decodeBlock(file, identity);
  expect([...decoded!]).toEqual([...content]);
});

test('decodeBlock rejects a file that is too short or too long', async () => {
  const file = await encodeFile();
  for (let length = 0; length < file.length; length++) {
    expect(await decodeBlock(file.subarray(0, length), identity)).toBeUndefined();
  }
  expect(await decodeBlock(Buffer.concat([file, Buffer.of(0)]), identity)).toBeUndefined();
});

test('decodeBlock rejects a file with one flipped bit, for each bit', async () => {
  const file = await encodeFile();
  for (let bit = 0; bit < 8 * file.length; bit++) {
    file[bit >> 3]! ^= 1 << (bit & 7);
    expect(await decodeBlock(file, identity)).toBeUndefined();
    file[bit >> 3]! ^= 1 << (bit & 7);
  }
  expect([...(await decodeBlock(file, identity))!]).toEqual([...content]);
});

test('decodeBlock rejects an undamaged file of another engine or another text', async () => {
  const file = await encodeFile();
  expect(await decodeBlock(file, { ...identity, fingerprint: 'ac'.repeat(32) })).toBeUndefined();
  expect(await decodeBlock(file, { ...identity, key: '1c'.repeat(32) })).toBeUndefined();
});
