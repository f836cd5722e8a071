import { expect, it } from 'vitest';
import { createBufferSource } from './buffer-source.ts';
import { createTensorReader, type FloatDtypeName, type StoredTensor } from './tensor-reader.ts';

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
      new Map([['w', { info, source, offset: 0, conversion: { kind: 'transpose' } }]]),
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

it.each<[FloatDtypeName, number[]]>([
  ['F32', [0, 0, 0, 0x3f, 0, 0, 0, 0xbf, 0, 0, 0, 0]],
  ['F16', [0, 0x38, 0, 0xb8, 0, 0]],
  ['BF16', [0, 0x3f, 0, 0xbf, 0, 0]],
])('createTensorReader adds 1 to the elements of a norm that is stored as %s', async (storedDtype, bytes) => {
  const info = { name: 'w', dtype: 'F32', shape: [3], byteLength: 12 } as const;
  const source = createBufferSource(Uint8Array.of(9, ...bytes));
  const tensor: StoredTensor = { info, source, offset: 1, conversion: { kind: 'add one', storedDtype } };
  const readInto = createTensorReader('a', new Map([['w', tensor]]));
  const floats = new Float32Array(3);
  await readInto('w', new Uint8Array(floats.buffer));
  expect([...floats]).toEqual([1.5, 0.5, 1]);
  await readInto('w', new Uint8Array(floats.buffer, 0, 8), 4);
  expect([...floats]).toEqual([0.5, 1, 1]);
});

it('createTensorReader rejects a missing tensor and a target of the wrong size', async () => {
  const info = { name: 'w', dtype: 'F32', shape: [1], byteLength: 4 } as const;
  const source = createBufferSource(new Uint8Array(4));
  const tensors = new Map([['w', { info, source, offset: 0 }]]);
  const readInto = createTensorReader('a.gguf', tensors);
  await expect(readInto('v', new Uint8Array(4))).rejects.toMatchObject({ code: 'missing_tensor' });
  await expect(readInto('w', new Uint8Array(5))).rejects.toThrow(TypeError);
});
