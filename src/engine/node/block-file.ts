// The file format of a KV block of one group of layers: a header and the content. Checksums over the content and over the
// header detect damage. The header repeats fingerprint and key, so that a file that was renamed or copied from another
// engine is not used.
//
//   magic "QUIREKV\0" | version: u32 | length: u32 | fingerprint: 32 bytes | key: 32 bytes | SHA-256 of the content |
//   SHA-256 of the header so far | the content

import { hash, webcrypto } from 'node:crypto';

export interface BlockIdentity {
  /** of the engine; 64 hexadecimal digits, like the key */
  readonly fingerprint: string;
  readonly key: string;
}

const MAGIC = Buffer.from('QUIREKV\0', 'latin1');
const VERSION = 2; // version 1 stored all groups of layers in one file
const DIGEST = 32;
const IDENTITY = MAGIC.length + 4 + 4;
const CONTENT_DIGEST = IDENTITY + 2 * DIGEST;

/** Bytes of a file before the content. */
export const HEADER_BYTES: number = CONTENT_DIGEST + 2 * DIGEST;

/** Returns the parts of a file in the order in which they are written. Hashing runs off the main thread. */
export async function encodeBlock(
  { fingerprint, key }: BlockIdentity,
  content: Uint8Array,
): Promise<Uint8Array[]> {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(VERSION, MAGIC.length);
  header.writeUInt32LE(content.byteLength, MAGIC.length + 4);
  header.write(fingerprint, IDENTITY, 'hex');
  header.write(key, IDENTITY + DIGEST, 'hex');
  (await digestOf(content)).copy(header, CONTENT_DIGEST);
  headerDigest(header).copy(header, header.length - DIGEST);
  return [header, content];
}

/** Returns the content, or undefined when the file is damaged or is not that block. */
export async function decodeBlock(
  stored: Uint8Array,
  { fingerprint, key }: BlockIdentity,
): Promise<Uint8Array | undefined> {
  const file = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  if (file.length < HEADER_BYTES || !file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (file.readUInt32LE(MAGIC.length) !== VERSION) return undefined;
  const header = file.subarray(0, HEADER_BYTES);
  if (!headerDigest(header).equals(header.subarray(header.length - DIGEST))) return undefined;
  if (header.toString('hex', IDENTITY, CONTENT_DIGEST) !== fingerprint + key) return undefined;
  const content = file.subarray(HEADER_BYTES);
  if (content.length !== header.readUInt32LE(MAGIC.length + 4)) return undefined;
  const digest = header.subarray(CONTENT_DIGEST, CONTENT_DIGEST + DIGEST);
  return (await digestOf(content)).equals(digest) ? content : undefined;
}

const headerDigest = (header: Buffer): Buffer =>
  hash('sha256', header.subarray(0, header.length - DIGEST), 'buffer');

async function digestOf(bytes: Uint8Array): Promise<Buffer> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes));
}
