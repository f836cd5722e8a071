import { expect, it } from 'vitest';
import { permutedRows } from './row-order.ts';

const rows = Uint8Array.from({ length: 16 }, (_, i) => Math.floor(i / 2) * 10 + (i % 2)); // 8 rows of 2 bytes
const firstBytes = (bytes: Uint8Array): number[] =>
  [...bytes].filter((_, i) => i % 2 === 0).map((byte) => byte / 10);

it('rows of each head are permuted between the two orders of rotary embedding', () => {
  const interleaved = permutedRows('a.q_proj', 'half', { ropeLayout: 'interleaved', headDim: 4 })!(rows, 8);
  expect(firstBytes(interleaved)).toEqual([0, 2, 1, 3, 4, 6, 5, 7]);
  const back = permutedRows('a.q_proj', 'interleaved', { ropeLayout: 'half', headDim: 4 })!(interleaved, 8);
  expect(back).toEqual(rows);
});

it('rows of other layers, and of an adapter with the order of its model, are not permuted', () => {
  const model = { ropeLayout: 'interleaved', headDim: 4 } as const;
  expect(permutedRows('a.v_proj', 'half', model)).toBeUndefined();
  expect(permutedRows('a.q_proj', 'interleaved', model)).toBeUndefined();
});
