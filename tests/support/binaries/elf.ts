// Reads what a shared library of Linux needs and exports (ELF, 64 bits, little-endian).

import { textAt } from './text-at.ts';

export interface ElfLibrary {
  /** 62: x86-64, 183: 64-bit ARM */
  readonly machine: number;
  /** names of the libraries that it needs */
  readonly needed: readonly string[];
  /** versions of the symbols that it needs, for example `GLIBC_2.17` */
  readonly versions: readonly string[];
  readonly exported: readonly string[];
}

const SECTION = { dynamic: 6, symbols: 11, neededVersions: 0x6ffffffe } as const;
const NEEDED = 1; // DT_NEEDED

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

/** Throws if `bytes` are not a file of this format. */
export function readElf(bytes: Buffer): ElfLibrary {
  if (bytes.toString('latin1', 0, 6) !== '\x7fELF\x02\x01')
    throw new Error('this is not an ELF file of 64 bits');
  const sections = readSections(bytes);
  const find = (type: number): Section => sections.find((section) => section.type === type)!;
  const dynamic = find(SECTION.dynamic);
  const symbols = find(SECTION.symbols);
  const nameAt = ({ link }: Section, offset: number): string =>
    textAt(bytes, sections[link]!.offset + offset);
  const needed = entries(dynamic, 16)
    .filter((entry) => bytes.readUInt32LE(entry) === NEEDED)
    .map((entry) => nameAt(dynamic, bytes.readUInt32LE(entry + 8)));
  const exported = entries(symbols, 24)
    .filter((entry) => bytes.readUInt16LE(entry + 6) !== 0 && bytes[entry + 4]! >> 4 !== 0) // defined and not local
    .map((entry) => nameAt(symbols, bytes.readUInt32LE(entry)));
  const versioned = sections.find(({ type }) => type === SECTION.neededVersions);
  const versions =
    versioned === undefined ? [] : versionNames(bytes, versioned).map((offset) => nameAt(versioned, offset));
  return { machine: bytes.readUInt16LE(18), needed, versions, exported };
}

function readSections(bytes: Buffer): Section[] {
  const from = Number(bytes.readBigUInt64LE(0x28));
  const [size, count] = [bytes.readUInt16LE(0x3a), bytes.readUInt16LE(0x3c)];
  return Array.from({ length: count }, (_, i) => {
    const at = from + i * size;
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
      link: bytes.readUInt32LE(at + 40),
      info: bytes.readUInt32LE(at + 44),
    };
  });
}

const entries = ({ offset, size }: Section, entrySize: number): number[] =>
  Array.from({ length: size / entrySize }, (_, i) => offset + i * entrySize);

// Returns the offsets of the names: each library has a list of versions.
function versionNames(bytes: Buffer, { offset, info }: Section): number[] {
  const names: number[] = [];
  let library = offset;
  for (let i = 0; i < info; i++) {
    let version = library + bytes.readUInt32LE(library + 8);
    for (let remaining = bytes.readUInt16LE(library + 2); remaining > 0; remaining--) {
      names.push(bytes.readUInt32LE(version + 8));
      version += bytes.readUInt32LE(version + 12);
    }
    library += bytes.readUInt32LE(library + 12);
  }
  return names;
}
