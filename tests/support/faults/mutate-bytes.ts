// Damages bytes at random, like faulty transfers and attackers. The same random numbers cause the same damage.

import { randomInteger } from '../random.ts';

const BOUNDARY_BYTES = [0, 1, 0x7f, 0x80, 0xff];

/** Returns a copy of `bytes` with one to four changes that start within the first `maxOffset` bytes. */
export function mutateBytes(
  bytes: Uint8Array,
  maxOffset: number,
  random: () => number,
): Uint8Array<ArrayBuffer> {
  let mutant = new Uint8Array(bytes);
  for (let changes = 1 + randomInteger(random, 4); changes > 0; changes--) {
    const offset = randomInteger(random, Math.min(maxOffset, mutant.length));
    mutant = CHANGES[randomInteger(random, CHANGES.length)]!(mutant, offset, random);
  }
  return mutant;
}

type Change = (
  bytes: Uint8Array<ArrayBuffer>,
  offset: number,
  random: () => number,
) => Uint8Array<ArrayBuffer>;

const flipBit: Change = (bytes, offset, random) => {
  bytes[offset]! ^= 1 << randomInteger(random, 8);
  return bytes;
};

const overwrite: Change = (bytes, offset, random) => {
  const length = 1 + randomInteger(random, 8);
  const value = BOUNDARY_BYTES[randomInteger(random, BOUNDARY_BYTES.length)]!;
  bytes.fill(random() < 0.5 ? value : randomInteger(random, 256), offset, offset + length);
  return bytes;
};

const remove: Change = (bytes, offset, random) =>
  splice(bytes, offset, 1 + randomInteger(random, 16), new Uint8Array(0));

const insert: Change = (bytes, offset, random) =>
  splice(
    bytes,
    offset,
    0,
    Uint8Array.from({ length: 1 + randomInteger(random, 16) }, () => randomInteger(random, 256)),
  );

const repeat: Change = (bytes, offset, random) =>
  splice(bytes, offset, 0, bytes.slice(offset, offset + 1 + randomInteger(random, 64)));

const truncate: Change = (bytes, offset) => bytes.slice(0, offset);

const CHANGES: readonly Change[] = [flipBit, flipBit, overwrite, overwrite, remove, insert, repeat, truncate];

function splice(
  bytes: Uint8Array,
  offset: number,
  removed: number,
  added: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const after = bytes.subarray(offset + removed);
  const result = new Uint8Array(offset + added.length + after.length);
  result.set(bytes.subarray(0, offset));
  result.set(added, offset);
  result.set(after, offset + added.length);
  return result;
}
