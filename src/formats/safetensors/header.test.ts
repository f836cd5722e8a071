import { expect, it } from 'vitest';
import { createBufferSource } from '../buffer-source.ts';
import { encodeSafetensors, fileWithHeader, floats } from './file-fixture.ts';
import { readSafetensors } from './header.ts';

const read = (bytes: Uint8Array) => readSafetensors(createBufferSource(bytes, 'a.safetensors'));

it('readSafetensors returns names, types, shapes and ranges', async () => {
  const bytes = encodeSafetensors({
    b: { dtype: 'F32', shape: [2, 1], data: floats(1, 2) },
    a: { dtype: 'BOOL', shape: [3], data: new Uint8Array(3) },
    scalar: { dtype: 'F16', shape: [], data: new Uint8Array(2) },
    small: { dtype: 'F4', shape: [2, 3], data: new Uint8Array(3) },
    complex: { dtype: 'C64', shape: [1], data: new Uint8Array(8) },
  });
  const start = bytes.length - 24;
  expect((await read(bytes)).map(({ source, ...entry }) => entry)).toEqual([
    { name: 'b', dtype: 'F32', shape: [2, 1], offset: start, byteLength: 8 },
    { name: 'a', dtype: 'BOOL', shape: [3], offset: start + 8, byteLength: 3 },
    { name: 'scalar', dtype: 'F16', shape: [], offset: start + 11, byteLength: 2 },
    { name: 'small', dtype: 'F4', shape: [2, 3], offset: start + 13, byteLength: 3 },
    { name: 'complex', dtype: 'C64', shape: [1], offset: start + 16, byteLength: 8 },
  ]);
});

const oneTensor = (fields: object) =>
  fileWithHeader(JSON.stringify({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...fields } }), [
    new Uint8Array(8),
  ]);
const twoTensors = (first: number[], second: number[]) =>
  fileWithHeader(
    JSON.stringify({
      x: { dtype: 'U8', shape: [4], data_offsets: first },
      y: { dtype: 'U8', shape: [4], data_offsets: second },
    }),
    [new Uint8Array(8)],
  );

it.each([
  ['no header', new Uint8Array(7), /too few/],
  ['a header beyond the end', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 123), /header of/],
  ['a header that is not JSON', fileWithHeader('{'), /not JSON/],
  ['a header after a byte order mark', fileWithHeader('\ufeff{}'), /not JSON/],
  ['a header that is a list', fileWithHeader('[]'), /not an object/],
  [
    'lists nested 100,000 times',
    fileWithHeader(`{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    /deeper than 128/,
  ],
  ['a tensor that is not an object', fileWithHeader('{"x":1}'), /not described/],
  ['an unknown type', oneTensor({ dtype: 'F5' }), /unknown type "F5"/],
  ['a type named like a property of Object.prototype', oneTensor({ dtype: 'constructor' }), /unknown type/],
  ['a shape that does not match the number of bytes', oneTensor({ shape: [3] }), /needs 12 bytes, but has 8/],
  ['a shape that overflows', oneTensor({ shape: [2 ** 40, 2 ** 40] }), /needs/],
  ['a negative size', oneTensor({ shape: [-2, -1] }), /no shape/],
  ['a negative offset', oneTensor({ data_offsets: [-8, 0] }), /no offsets/],
  ['one offset instead of two', oneTensor({ data_offsets: [8] }), /needs/],
  ['an end beyond the file', oneTensor({ shape: [4], data_offsets: [0, 16] }), /tensor x ends at byte/],
  ['bytes after the end', oneTensor({ shape: [1], data_offsets: [0, 4] }), /end at byte/],
  ['tensors that overlap', twoTensors([0, 4], [2, 6]), /overlaps/],
  ['a gap between tensors', twoTensors([0, 4], [5, 9]), /gap/],
])('readSafetensors rejects %s', async (_, bytes, message) => {
  await expect(read(bytes)).rejects.toMatchObject({
    code: 'bad_safetensors',
    message: expect.stringMatching(message),
  });
});
