import { expect, it } from 'vitest';
import { MessageWriter } from './model-fixture.ts';
import { type ProtobufField, protobufFields } from './protobuf-reader.ts';

const fieldsOf = (bytes: Uint8Array): ProtobufField[] => [
  ...protobufFields(bytes, (fault) => new Error(fault)),
];

it('protobufFields reads every type of field', () => {
  const writer = new MessageWriter();
  writer.number(1, 300);
  writer.float(2, 1.5);
  writer.text(2000, 'abc');
  expect(fieldsOf(writer.finish())).toEqual([
    { number: 1, wire: 'varint', value: 300 },
    { number: 2, wire: 'fixed', value: Uint8Array.of(0, 0, 0xc0, 0x3f) },
    { number: 2000, wire: 'bytes', value: new TextEncoder().encode('abc') },
  ]);
  expect(fieldsOf(Uint8Array.of(0x09, 1, 2, 3, 4, 5, 6, 7, 8))).toEqual([
    { number: 1, wire: 'fixed', value: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  ]);
});

it.each([
  ['a number that does not end', [0x08, 0x80], /within a number/],
  ['a number of more than ten bytes', [0x08, ...new Array<number>(10).fill(0x80), 1], /ten bytes/],
  ['a length beyond the end', [0x0a, 5, 1], /field of 5 bytes/],
  ['a length of 2^63', [0x0a, ...new Array<number>(8).fill(0xff), 0x7f], /ends beyond/],
  ['a truncated float', [0x0d, 1, 2], /field of 4 bytes/],
  ['a field of the type group', [0x0b], /wire type 3/],
  ['field 0', [0x02, 0], /number 0/],
] as const)('protobufFields rejects %s', (_, bytes, message) => {
  expect(() => fieldsOf(Uint8Array.from(bytes))).toThrow(message);
});
