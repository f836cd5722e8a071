// llama.cpp's converter permutes the rows of Q and K of some families, so that the two elements that rotary embedding rotates
// together are adjacent. An adapter in the other format than its model needs the same permutation of the rows of B.

import type { RopeLayout } from '../../base/model/model-file.ts';

/** Returns the rows in another order. @param rows number of rows in `bytes` */
export type RowOrder = (bytes: Uint8Array, rows: number) => Uint8Array;

/** Returns the order in which a model needs the rows of B of a layer; undefined if they are in this order. */
export function permutedRows(
  module: string,
  adapterLayout: RopeLayout | undefined,
  { ropeLayout, headDim }: { readonly ropeLayout: RopeLayout | undefined; readonly headDim: number },
): RowOrder | undefined {
  if (adapterLayout === ropeLayout || !/\.[qk]_proj$/.test(module)) return undefined;
  const half = headDim / 2;
  // the index in the adapter of row i of a head in the model
  const sourceOf =
    ropeLayout === 'interleaved'
      ? (i: number): number => (i % 2) * half + Math.floor(i / 2)
      : (i: number): number => (i % half) * 2 + Math.floor(i / half);
  return (bytes, rows) => {
    const rowBytes = bytes.byteLength / rows;
    const ordered = new Uint8Array(bytes.byteLength);
    for (let row = 0; row < rows; row++) {
      const inHead = row % headDim;
      const source = row - inHead + sourceOf(inHead);
      ordered.set(bytes.subarray(source * rowBytes, (source + 1) * rowBytes), row * rowBytes);
    }
    return ordered;
  };
}
