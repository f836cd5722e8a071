import { expect, test } from 'vitest';
import { philox, uniform } from './uniform.ts';

// The test vectors of Random123 for philox4x32-10 (kat_vectors): counter, key, result.
test.each<[[number, number, number, number], [number, number], number[]]>([
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
])('`philox` of counter %j and key %j returns the published result', (counter, key, expected) => {
  expect(philox(counter, key)).toEqual(expected);
});

test('`uniform` uses 53 bits of the block: 27 of the first word and 26 of the second word', () => {
  const bits = (0x6627e8d5n >> 5n) * 2n ** 26n + (0xe169c58dn >> 6n);
  expect(uniform(0, 0, 0)).toBe(Number(bits) / 2 ** 53);
});

test('the results of `uniform` are evenly distributed in [0, 1) and depend only on the arguments', () => {
  const bins = new Array<number>(16).fill(0);
  const count = 16_000;
  for (let position = 0; position < count; position++) bins[Math.floor(uniform(7, 0, position) * 16)]!++;
  expect(bins).toHaveLength(16); // a value outside [0, 1) would add a bin
  const expected = count / 16;
  const chiSquare = bins.reduce((sum, bin) => sum + (bin - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(37.7); // 15 degrees of freedom: exceeded with a probability of 0.1 %
  expect(bins.reduce((sum, bin) => sum + bin, 0)).toBe(count);
  expect(uniform(7, 0, 5)).toBe(uniform(7, 0, 5));
});

test('`uniform` depends on seed, choice and position, including the upper half of the seed', () => {
  const argumentLists: [number, number, number][] = [
    [1, 2, 3],
    [2, 2, 3],
    [1, 3, 3],
    [1, 2, 4],
    [1 + 2 ** 32, 2, 3],
    [Number.MAX_SAFE_INTEGER, 2, 3],
    [2, 1, 3],
    [1, 3, 2],
  ];
  const values = argumentLists.map((args) => uniform(...args));
  expect(new Set(values).size).toBe(argumentLists.length);
});
