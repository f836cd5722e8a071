import { expect, it } from 'vitest';
import { createBufferSource } from './buffer-source.ts';
import { createTensorReader } from './tensor-reader.ts';

it.each([
  [2, 'F16'],
  [4, 'F32'],
] as const)(
  'createTensorReader transposes a matrix of %i-byte elements',
  { timeout: 60_000 },
  async (elementBytes, dtype) => {
    // The matrix has several chunks of one megabyte, and the last chunk is shorter.
    const [inputs, outputs] = [700, 900];
    const stored = Uint8Array.from(
      { length: inputs * outputs * elementBytes },
      (_, index) => (index * 7919) >> 3,
    );
    const info = { name: 'w', dtype, shape: [outputs, inputs], byteLength: stored.length };
    const source = createBufferSource(stored);
    const readInto = createTensorReader(
      'a',
      new Map([['w', { info, source, offset: 0, isTransposed: true }]]),
    );
    // The address is unaligned, as it may be in an arena.
    const target = new Uint8Array(stored.length + 1).subarray(1);
    await readInto('w', target);
    const wrongElements = Array.from({ length: inputs * outputs }, (_, index) => index).filter((index) => {
      const [input, output] = [Math.floor(index / outputs), index % outputs];
      const offset = (output * inputs + input) * elementBytes;
      return (
        stored[index * elementBytes] !== target[offset] ||
        stored[index * elementBytes + 1] !== target[offset + 1]
      );
    });
    expect(wrongElements).toEqual([]);
  },
);

it('createTensorReader rejects a missing tensor and a target of the wrong size', async () => {
  const info = { name: 'w', dtype: 'F32', shape: [1], byteLength: 4 } as const;
  const source = createBufferSource(new Uint8Array(4));
  const tensors = new Map([['w', { info, source, offset: 0, isTransposed: false }]]);
  const readInto = createTensorReader('a.gguf', tensors);
  await expect(readInto('v', new Uint8Array(4))).rejects.toMatchObject({ code: 'missing_tensor' });
  await expect(readInto('w', new Uint8Array(5))).rejects.toThrow(TypeError);
});
