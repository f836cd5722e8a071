// Checks that the reference backend decodes quantized weights to the same values, rounded to f32, as the Python package
// `gguf`.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { byteLength, DTYPES, type DtypeName } from '../../src/base/model/dtypes.ts';
import { matrixRows } from '../../src/kernels/reference/weights.ts';

interface Quants {
  readonly rows: number;
  readonly columns: number;
  /** by type: base64 of the quantized blocks and of their decoded f32 values */
  readonly types: Readonly<Record<string, { readonly blocks: string; readonly values: string }>>;
}

const quants = JSON.parse(readFileSync(new URL('./fixtures/quants.json', import.meta.url), 'utf8')) as Quants;

it.each(Object.keys(quants.types) as DtypeName[])('%s is decoded to the same bits as by gguf', (dtype) => {
  const { rows, columns } = quants;
  const { blocks, values } = quants.types[dtype]!;
  const storedBytes = Buffer.from(blocks, 'base64');
  expect(storedBytes.length).toBe(byteLength(DTYPES[dtype], rows * columns));
  const bytes = new SharedArrayBuffer(storedBytes.length);
  new Uint8Array(bytes).set(storedBytes);
  const weight = { tensor: 'w', dtype, kind: 'matrix' as const, rowOffset: 0, rows, columns };
  const matrix = matrixRows(weight, new Map([['w', bytes]]));
  const decoded = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) matrix.decodeRow(row, decoded, row * columns);
  const expected = Buffer.from(values, 'base64');
  expect(Buffer.from(Float32Array.from(decoded).buffer).equals(expected)).toBe(true);
});

it('the fixture covers every quantized type', () => {
  const quantized = Object.values(DTYPES).filter((dtype) => dtype.quantized);
  expect(Object.keys(quants.types).sort()).toEqual(quantized.map(({ name }) => name).sort());
});
