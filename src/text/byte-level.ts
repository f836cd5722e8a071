// The alphabet of byte-level BPE (GPT-2): each byte is one printable character, so that a vocabulary of
// strings can spell any bytes. Printable Latin-1 stands for itself; the others take U+0100 and up in order.

const printable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

/** The character of each byte. [256] */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
})();

const BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

const encoder = new TextEncoder();

/** The UTF-8 bytes of `text` in the alphabet; a lone surrogate is U+FFFD. */
export function toByteLevel(text: string): string {
  let spelled = '';
  for (const byte of encoder.encode(text)) spelled += BYTE_CHARACTERS[byte];
  return spelled;
}

/** The bytes that `spelled` stands for; undefined when a character is not of the alphabet. */
export function fromByteLevel(spelled: string): Uint8Array | undefined {
  const bytes = new Uint8Array(spelled.length);
  for (let index = 0; index < spelled.length; index++) {
    const byte = BYTES.get(spelled.charAt(index));
    if (byte === undefined) return undefined;
    bytes[index] = byte;
  }
  return bytes;
}
