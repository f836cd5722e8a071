// Reads what a library of Windows imports (PE, 64 bits).

import { textAt } from './text-at.ts';

export interface PeLibrary {
  /** 0x8664: x64, 0xaa64: 64-bit ARM */
  readonly machine: number;
  /** seconds since 1970 in the header */
  readonly linkTime: number;
  /** major version of the oldest Windows on which the system loads it */
  readonly oldestSystem: number;
  /** names of the imported libraries, in lower case */
  readonly imported: readonly string[];
}

const IMPORTS = 1;
const DELAYED_IMPORTS = 13;

/** Throws if `bytes` are not a file of this format. */
export function readPe(bytes: Buffer): PeLibrary {
  const header = bytes.readUInt32LE(0x3c);
  const options = header + 24;
  if (bytes.toString('latin1', header, header + 4) !== 'PE\0\0' || bytes.readUInt16LE(options) !== 0x20b)
    throw new Error('this is not a PE file of 64 bits');
  const directory = (index: number): number => bytes.readUInt32LE(options + 112 + 8 * index);
  if (directory(DELAYED_IMPORTS) !== 0) throw new Error('the file has delayed imports');
  const imported: string[] = [];
  for (let at = offsetOf(bytes, directory(IMPORTS)); bytes.readUInt32LE(at + 12) !== 0; at += 20)
    imported.push(textAt(bytes, offsetOf(bytes, bytes.readUInt32LE(at + 12))).toLowerCase());
  return {
    machine: bytes.readUInt16LE(header + 4),
    linkTime: bytes.readUInt32LE(header + 8),
    oldestSystem: bytes.readUInt16LE(options + 48),
    imported,
  };
}

// Returns the offset in the file of an address relative to the start of the library in memory.
function offsetOf(bytes: Buffer, address: number): number {
  const header = bytes.readUInt32LE(0x3c);
  const sections = header + 24 + bytes.readUInt16LE(header + 20);
  for (let i = 0; i < bytes.readUInt16LE(header + 6); i++) {
    const section = sections + 40 * i;
    const start = bytes.readUInt32LE(section + 12);
    const size = bytes.readUInt32LE(section + 16);
    if (address >= start && address < start + size) return address - start + bytes.readUInt32LE(section + 20);
  }
  throw new Error(`no section contains the address ${address}`);
}
