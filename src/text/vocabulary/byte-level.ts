// Converts text to the alphabet of byte-level BPE and back.

import { BYTE_CHARACTERS } from '../../base/model/byte-characters.ts';

const CHARACTER_CODES = Uint16Array.from(BYTE_CHARACTERS, (character) => character.charCodeAt(0));

const BYTE_BY_CHARACTER: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

const encoder = new TextEncoder();
const utf16Decoder = new TextDecoder('utf-16le');

/** Returns the UTF-8 bytes of `text` in the alphabet; a lone surrogate becomes U+FFFD. */
export function toByteLevel(text: string): string {
  const bytes = encoder.encode(text);
  if (bytes.length > 64) return toByteLevelLong(bytes);
  let characters = '';
  for (const byte of bytes) characters += BYTE_CHARACTERS[byte];
  return characters;
}

// For a long text, appending character by character takes four times as long.
function toByteLevelLong(bytes: Uint8Array): string {
  const codes = new Uint16Array(bytes.length);
  for (let index = 0; index < bytes.length; index++)
    codes[index] = CHARACTER_CODES[bytes[index] as number] as number;
  return utf16Decoder.decode(codes);
}

/** Returns the bytes that `characters` represent; undefined if a character is not in the alphabet. */
export function fromByteLevel(characters: string): Uint8Array | undefined {
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < characters.length; index++) {
    const byte = BYTE_BY_CHARACTER.get(characters.charAt(index));
    if (byte === undefined) return undefined;
    bytes[index] = byte;
  }
  return bytes;
}
