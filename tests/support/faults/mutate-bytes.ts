// Damages bytes as transfers and attackers do, repeatably.

import { randomInteger } from '../random.ts';

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff];

/** Returns a copy of `bytes` with one to four changes within its first `reach` bytes. */
export function mutate(bytes: Uint8Array, reach: number, random: () => number): Uint8Array<ArrayBuffer> {
  let mutant = new Uint8Array(bytes);
  for (let changes = 1 + randomInteger(random, 4); changes > 0; changes--) {
    const at = randomInteger(random, Math.min(reach, mutant.length));
    mutant = CHANGES[randomInteger(random, CHANGES.length)]!(mutant, at, random);
  }
  return mutant;
}

type Change = (bytes: Uint8Array<ArrayBuffer>, at: number, random: () => number) => Uint8Array<ArrayBuffer>;

const flipBit: Change = (bytes, at, random) => {
  bytes[at]! ^= 1 << randomInteger(random, 8);
  return bytes;
};

const overwrite: Change = (bytes, at, random) => {
  const length = 1 + randomInteger(random, 8);
  const value = INTERESTING[randomInteger(random, INTERESTING.length)]!;
  bytes.fill(random() < 0.5 ? value : randomInteger(random, 256), at, at + length);
  return bytes;
};

const remove: Change = (bytes, at, random) =>
  splice(bytes, at, 1 + randomInteger(random, 16), new Uint8Array(0));

const insert: Change = (bytes, at, random) =>
  splice(
    bytes,
    at,
    0,
    Uint8Array.from({ length: 1 + randomInteger(random, 16) }, () => randomInteger(random, 256)),
  );

const repeat: Change = (bytes, at, random) =>
  splice(bytes, at, 0, bytes.slice(at, at + 1 + randomInteger(random, 64)));

const truncate: Change = (bytes, at) => bytes.slice(0, at);

const CHANGES: readonly Change[] = [flipBit, flipBit, overwrite, overwrite, remove, insert, repeat, truncate];

function splice(bytes: Uint8Array, at: number, drop: number, add: Uint8Array): Uint8Array<ArrayBuffer> {
  const rest = bytes.subarray(at + drop);
  const joined = new Uint8Array(at + add.length + rest.length);
  joined.set(bytes.subarray(0, at));
  joined.set(add, at);
  joined.set(rest, at + add.length);
  return joined;
}
