// The file format of a KV block of one layer group: a header and the content. Checksums of the content and of the header detect
// damage. The header contains the fingerprint and the key, so that a file that was renamed, or copied from another engine, is
// rejected.
//
//   magic "QUIREKV\0" | version: u32 | content length: u32 | fingerprint: 32 bytes | key: 32 bytes | SHA-256 of the content |
//   SHA-256 of the preceding bytes of the header | content

import { hash, webcrypto } from 'node:crypto';

export interface BlockIdentity {
  /** fingerprint of the engine; 64 hexadecimal digits */
  readonly fingerprint: string;
  /** key of the block; 64 hexadecimal digits */
  readonly key: string;
}

const MAGIC = Buffer.from('QUIREKV\0', 'latin1');
const VERSION = 2; // version 1 stored all groups of layers in one file
const DIGEST_BYTES = 32;
const IDENTITY_OFFSET = MAGIC.length + 4 + 4;
const CONTENT_DIGEST_OFFSET = IDENTITY_OFFSET + 2 * DIGEST_BYTES;

/** Number of bytes of a file before the content. */
export const HEADER_BYTES: number = CONTENT_DIGEST_OFFSET + 2 * DIGEST_BYTES;

/** Returns the parts of a file in the order in which they are written. The content is hashed on another thread. */
export async function encodeBlock(
  { fingerprint, key }: BlockIdentity,
  content: Uint8Array,
): Promise<Uint8Array[]> {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(VERSION, MAGIC.length);
  header.writeUInt32LE(content.byteLength, MAGIC.length + 4);
  header.write(fingerprint, IDENTITY_OFFSET, 'hex');
  header.write(key, IDENTITY_OFFSET + DIGEST_BYTES, 'hex');
  (await digestOf(content)).copy(header, CONTENT_DIGEST_OFFSET);
  headerDigest(header).copy(header, header.length - DIGEST_BYTES);
  return [header, content];
}

/** Returns the content, or undefined if the file is damaged or contains another block. */
export async function decodeBlock(
  stored: Uint8Array,
  { fingerprint, key }: BlockIdentity,
): Promise<Uint8Array | undefined> {
  const file = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  if (file.length < HEADER_BYTES || !file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (file.readUInt32LE(MAGIC.length) !== VERSION) return undefined;
  const header = file.subarray(0, HEADER_BYTES);
  if (!headerDigest(header).equals(header.subarray(header.length - DIGEST_BYTES))) return undefined;
  if (header.toString('hex', IDENTITY_OFFSET, CONTENT_DIGEST_OFFSET) !== fingerprint + key) return undefined;
  const content = file.subarray(HEADER_BYTES);
  if (content.length !== header.readUInt32LE(MAGIC.length + 4)) return undefined;
  const digest = header.subarray(CONTENT_DIGEST_OFFSET, CONTENT_DIGEST_OFFSET + DIGEST_BYTES);
  return (await digestOf(content)).equals(digest) ? content : undefined;
}

const headerDigest = (header: Buffer): Buffer =>
  hash('sha256', header.subarray(0, header.length - DIGEST_BYTES), 'buffer');

async function digestOf(bytes: Uint8Array): Promise<Buffer> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes));
}
