// Reads the wire format of protocol buffers, field by field, from bytes that anyone may have written: a
// length is compared with what remains before it is believed, and nothing is allocated for it.
// Specification: https://protobuf.dev/programming-guides/encoding/

/** A field as it stands on the wire; what its number means is for the reader of the message to know. */
export type ProtobufField =
  | { readonly number: number; readonly wire: 'varint'; readonly value: number } // rounded beyond 2^53
  | { readonly number: number; readonly wire: 'fixed'; readonly value: Uint8Array } // 4 or 8 bytes
  | { readonly number: number; readonly wire: 'bytes'; readonly value: Uint8Array };

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const MAX_VARINT_BYTES = 10;
const MAX_FIELD_NUMBER = 2 ** 29 - 1;

/**
 * The fields of the message in `bytes`, as views of it.
 * @param fail makes the error that is thrown where the bytes are no message
 */
export function* protobufFields(bytes: Uint8Array, fail: (what: string) => Error): Generator<ProtobufField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      const byte = bytes[at++];
      if (byte === undefined) throw fail('it ends within a number');
      value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) return value;
    }
    throw fail('a number is longer than ten bytes');
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw fail(`a field of ${length} bytes ends beyond its message`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    if (number === 0 || number > MAX_FIELD_NUMBER) throw fail(`a field has the number ${number}`);
    const wire = key % 8;
    if (wire === WIRE.varint) yield { number, wire: 'varint', value: varint() };
    else if (wire === WIRE.bytes) yield { number, wire: 'bytes', value: take(varint()) };
    else if (wire === WIRE.fixed32) yield { number, wire: 'fixed', value: take(4) };
    else if (wire === WIRE.fixed64) yield { number, wire: 'fixed', value: take(8) };
    else throw fail(`a field has the wire type ${wire}`);
  }
}
