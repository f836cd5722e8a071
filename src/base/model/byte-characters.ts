// The alphabet of byte-level BPE (GPT-2): each byte is represented by one printable character, so that a vocabulary of
// strings can represent any bytes. Printable Latin-1 characters represent themselves; other bytes use U+0100 and up, in
// order.

const isPrintable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

/** The character of each byte. [256] */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  let nextCode = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : nextCode++));
})();
