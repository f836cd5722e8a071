// Tensors with random contents in the format of a checkpoint, together with their exact values.

import { byteLength, DTYPES, type DtypeName } from '../../../src/base/model/dtypes.ts';
import { bf16ToNumber, f16ToNumber } from '../../../src/base/model/half.ts';
import type { TensorInfo } from '../../../src/base/model/model-file.ts';
import { randomInteger } from '../random.ts';

export interface StoredTensor {
  readonly info: TensorInfo;
  readonly bytes: SharedArrayBuffer;
  /** row-major, exact */
  readonly values: Float64Array;
}

/**
 * Types whose bytes and values are easy to generate together; the other types have fixtures
 * (tests/golden/quants.test.ts).
 */
export type RandomDtype = Extract<DtypeName, 'F32' | 'F16' | 'BF16' | 'Q8_0'>;

type Fill = (bytes: SharedArrayBuffer, values: Float64Array, random: () => number) => void;

/**
 * Each function generates values from -1 to 1, for Q8_0 from -2 to 2. Values of F16 and BF16 have a random bit pattern
 * below that of 1 and a random sign.
 */
const FILL_BY_DTYPE: Record<RandomDtype, Fill> = {
  F32: (bytes, values, random) => {
    const storedValues = new Float32Array(bytes);
    values.forEach((_, i) => {
      storedValues[i] = random() * 2 - 1;
      values[i] = storedValues[i]!;
    });
  },
  F16: (bytes, values, random) => fillHalf(bytes, values, random, 0x3c00, f16ToNumber),
  BF16: (bytes, values, random) => fillHalf(bytes, values, random, 0x3f80, bf16ToNumber),
  Q8_0: (bytes, values, random) => {
    const view = new DataView(bytes);
    values.forEach((_, i) => {
      const block = Math.floor(i / 32) * 34;
      if (i % 32 === 0) view.setUint16(block, randomInteger(random, 0x2400), true); // little-endian f16
      const quant = randomInteger(random, 256) - 128;
      view.setInt8(block + 2 + (i % 32), quant);
      values[i] = f16ToNumber(view.getUint16(block, true)) * quant;
    });
  },
};

function fillHalf(
  bytes: SharedArrayBuffer,
  values: Float64Array,
  random: () => number,
  bitsBelow: number,
  decode: (bits: number) => number,
): void {
  const storedValues = new Uint16Array(bytes);
  values.forEach((_, i) => {
    storedValues[i] = randomInteger(random, bitsBelow) + (random() < 0.5 ? 0x8000 : 0);
    values[i] = decode(storedValues[i]!);
  });
}

export function randomTensor(
  name: string,
  dtype: RandomDtype,
  shape: readonly number[],
  random: () => number,
): StoredTensor {
  const elements = shape.reduce((product, size) => product * size, 1);
  const bytes = new SharedArrayBuffer(byteLength(DTYPES[dtype], elements));
  const values = new Float64Array(elements);
  FILL_BY_DTYPE[dtype](bytes, values, random);
  return { info: { name, dtype, shape, byteLength: bytes.byteLength }, bytes, values };
}

/** Returns an F32 tensor with the given contents. */
export function tensorOf(name: string, shape: readonly number[], contents: ArrayLike<number>): StoredTensor {
  const bytes = new SharedArrayBuffer(4 * contents.length);
  const storedValues = new Float32Array(bytes);
  storedValues.set(contents);
  return {
    info: { name, dtype: 'F32', shape, byteLength: bytes.byteLength },
    bytes,
    values: Float64Array.from(storedValues),
  };
}
