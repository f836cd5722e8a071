// Reads what a library of macOS needs, and checks its signature (Mach-O, 64 bits).

import { createHash } from 'node:crypto';
import { textAt } from './text-at.ts';

export interface MachOLibrary {
  /** 0x1000007: x64, 0x100000c: 64-bit ARM */
  readonly machine: number;
  /** oldest version of macOS, for example `11.0` */
  readonly oldestSystem: string;
  /** paths of the libraries that it needs */
  readonly needed: readonly string[];
  /** undefined without a signature */
  readonly signature: Signature | undefined;
}

export interface Signature {
  /** whether it is only a hash of the contents, without a certificate */
  readonly isAdHoc: boolean;
  /** whether the hashes are those of the contents */
  readonly isValid: boolean;
}

const COMMAND = { load: 0xc, weakLoad: 0x80000018, signature: 0x1d, version: 0x32 } as const;

/** Throws if `bytes` are not a file of this format. */
export function readMachO(bytes: Buffer): MachOLibrary {
  if (bytes.readUInt32LE(0) !== 0xfeedfacf) throw new Error('this is not a Mach-O file of 64 bits');
  const needed: string[] = [];
  let oldestSystem = '';
  let signature: Signature | undefined;
  let at = 32;
  for (let remaining = bytes.readUInt32LE(16); remaining > 0; remaining--) {
    const command = bytes.readUInt32LE(at);
    const value = bytes.readUInt32LE(at + 8);
    if (command === COMMAND.load || command === COMMAND.weakLoad) needed.push(textAt(bytes, at + value));
    if (command === COMMAND.signature) signature = readSignature(bytes, value);
    if (command === COMMAND.version) oldestSystem = versionText(bytes.readUInt32LE(at + 12));
    at += bytes.readUInt32LE(at + 4);
  }
  return { machine: bytes.readUInt32LE(4), oldestSystem, needed, signature };
}

const versionText = (version: number): string => `${version >> 16}.${(version >> 8) & 255}`;

const CODE_DIRECTORY = 0xfade0c02;
const AD_HOC = 2;

// The signature is a list of parts; the code directory has a hash of each page of the file. All numbers are big-endian.
function readSignature(bytes: Buffer, start: number): Signature | undefined {
  for (let i = 0; i < bytes.readUInt32BE(start + 8); i++) {
    const directory = start + bytes.readUInt32BE(start + 12 + 8 * i + 4);
    if (bytes.readUInt32BE(directory) !== CODE_DIRECTORY) continue;
    const isAdHoc = (bytes.readUInt32BE(directory + 12) & AD_HOC) !== 0;
    return { isAdHoc, isValid: hasValidHashes(bytes, directory) };
  }
  return undefined;
}

function hasValidHashes(bytes: Buffer, directory: number): boolean {
  const [hashes, , , pages, end] = [16, 20, 24, 28, 32].map((offset) =>
    bytes.readUInt32BE(directory + offset),
  );
  const hashBytes = bytes[directory + 36]!;
  const pageBytes = 2 ** bytes[directory + 39]!;
  if (pages !== Math.ceil(end! / pageBytes)) return false;
  for (let page = 0; page < pages; page++) {
    const content = bytes.subarray(page * pageBytes, Math.min((page + 1) * pageBytes, end!));
    const stored = directory + hashes! + page * hashBytes;
    const hash = createHash('sha256').update(content).digest();
    if (!hash.equals(bytes.subarray(stored, stored + hashBytes))) return false;
  }
  return true;
}
