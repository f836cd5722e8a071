import { expect, test } from 'vitest';
import { kvBlockBytes, kvBlockElements, kvSequenceBytes } from './kv-layout.ts';

test('a KV block contains keys and values of all layers of its layer group', () => {
  const full = { layers: [0, 2], kvHeads: 3, headDim: 8, keeps: 'all' as const };
  const sliding = { layers: [1], kvHeads: 1, headDim: 4, keeps: { window: 20 } };
  const layout = { groups: [full, sliding], dtype: 'f32' as const, blockSize: 16 };
  expect(kvBlockElements(layout, full)).toBe(2 * 2 * 16 * 3 * 8);
  expect(kvBlockElements(layout, sliding)).toBe(2 * 16 * 4);
  expect(kvBlockBytes(layout, full)).toBe(4 * 2 * 2 * 16 * 3 * 8);
  expect(kvBlockBytes(layout, sliding)).toBe(4 * 2 * 16 * 4);
  const [fullTokenBytes, slidingTokenBytes] = [2 * 2 * 3 * 8 * 4, 2 * 4 * 4];
  expect(kvSequenceBytes(layout, 12)).toBe(12 * (fullTokenBytes + slidingTokenBytes));
  expect(kvSequenceBytes(layout, 100)).toBe(100 * fullTokenBytes + 20 * slidingTokenBytes);
});
