// Reads the wire format of protocol buffers, field by field, from untrusted bytes. Each length is compared with the
// remaining bytes, and no bytes are copied. Specification: https://protobuf.dev/programming-guides/encoding/

/** An encoded field. The caller interprets its number. */
export type ProtobufField =
  | { readonly number: number; readonly wire: 'varint'; readonly value: number } // rounded beyond 2^53
  | { readonly number: number; readonly wire: 'fixed'; readonly value: Uint8Array } // 4 or 8 bytes
  | { readonly number: number; readonly wire: 'bytes'; readonly value: Uint8Array };

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const MAX_VARINT_BYTES = 10;
const MAX_FIELD_NUMBER = 2 ** 29 - 1;

/**
 * Yields the fields of the message in `bytes`, as views.
 * @param createError returns the error to throw if the bytes are not a message
 */
export function* protobufFields(
  bytes: Uint8Array,
  createError: (fault: string) => Error,
): Generator<ProtobufField> {
  let offset = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      const byte = bytes[offset++];
      if (byte === undefined) throw createError('it ends within a number');
      value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) return value;
    }
    throw createError('a number is longer than ten bytes');
  };
  const readBytes = (length: number): Uint8Array => {
    if (length > bytes.length - offset)
      throw createError(`a field of ${length} bytes ends beyond its message`);
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  while (offset < bytes.length) {
    const key = readVarint();
    const number = Math.floor(key / 8);
    if (number === 0 || number > MAX_FIELD_NUMBER) throw createError(`a field has the number ${number}`);
    const wire = key % 8;
    if (wire === WIRE.varint) yield { number, wire: 'varint', value: readVarint() };
    else if (wire === WIRE.bytes) yield { number, wire: 'bytes', value: readBytes(readVarint()) };
    else if (wire === WIRE.fixed32) yield { number, wire: 'fixed', value: readBytes(4) };
    else if (wire === WIRE.fixed64) yield { number, wire: 'fixed', value: readBytes(8) };
    else throw createError(`a field has the wire type ${wire}`);
  }
}
