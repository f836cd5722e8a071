// A block as a file: a header that says what it is and for whom, then the content of each group of layers. A checksum
// over each part and one over the header find every damage; fingerprint and key are in it too, so that a file which
// was renamed or copied from elsewhere is not mistaken for what its name says.
//
//   magic "QUIREKV\0" | version, groups: u32 | fingerprint: 32 bytes | key: 32 bytes
//   for each group: length: u32, SHA-256 of its content | SHA-256 of the header so far | the contents

import { hash, webcrypto } from 'node:crypto';

export interface BlockIdentity {
  /** of the engine; 64 hexadecimal digits, as the key */
  readonly fingerprint: string;
  readonly key: string;
}

const MAGIC = Buffer.from('QUIREKV\0', 'latin1');
const VERSION = 1;
const DIGEST = 32;
const FIXED = MAGIC.length + 4 + 4 + DIGEST + DIGEST;
const PER_GROUP = 4 + DIGEST;
const MOST_GROUPS = 64;

/** Bytes of a file beside the contents of its groups. */
export const headerBytes = (groups: number): number => FIXED + groups * PER_GROUP + DIGEST;

/** The parts of a file, to be written one after the other. Hashing is done off the main thread. */
export async function encodeBlock(
  { fingerprint, key }: BlockIdentity,
  groups: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const digests = await Promise.all(groups.map(digestOf));
  const header = Buffer.alloc(headerBytes(groups.length));
  MAGIC.copy(header);
  header.writeUInt32LE(VERSION, MAGIC.length);
  header.writeUInt32LE(groups.length, MAGIC.length + 4);
  header.write(fingerprint, MAGIC.length + 8, 'hex');
  header.write(key, MAGIC.length + 8 + DIGEST, 'hex');
  groups.forEach((group, i) => {
    const at = FIXED + i * PER_GROUP;
    header.writeUInt32LE(group.byteLength, at);
    digests[i]!.copy(header, at + 4);
  });
  sealOf(header).copy(header, header.length - DIGEST);
  return [header, ...groups];
}

/** The contents of the groups; undefined when the file is not, wholly and exactly, that block. */
export async function decodeBlock(
  stored: Uint8Array,
  { fingerprint, key }: BlockIdentity,
): Promise<Uint8Array[] | undefined> {
  const file = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  if (file.length < headerBytes(1) || !file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (file.readUInt32LE(MAGIC.length) !== VERSION) return undefined;
  const count = file.readUInt32LE(MAGIC.length + 4);
  if (count > MOST_GROUPS || file.length < headerBytes(count)) return undefined;
  const header = file.subarray(0, headerBytes(count));
  if (!sealOf(header).equals(header.subarray(header.length - DIGEST))) return undefined;
  const identity = header.subarray(FIXED - 2 * DIGEST, FIXED).toString('hex');
  if (identity !== fingerprint + key) return undefined;
  const groups: Uint8Array[] = [];
  let at = header.length;
  for (let i = 0; i < count; i++) {
    const length = header.readUInt32LE(FIXED + i * PER_GROUP);
    groups.push(file.subarray(at, at + length));
    at += length;
  }
  if (at !== file.length) return undefined;
  const digests = await Promise.all(groups.map(digestOf));
  const whole = digests.every((digest, i) => {
    const from = FIXED + i * PER_GROUP + 4;
    return digest.equals(header.subarray(from, from + DIGEST));
  });
  return whole ? groups : undefined;
}

const sealOf = (header: Buffer): Buffer =>
  hash('sha256', header.subarray(0, header.length - DIGEST), 'buffer');

async function digestOf(bytes: Uint8Array): Promise<Buffer> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes));
}
