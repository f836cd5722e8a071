import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenSlots } from './token-slots.ts';

test('TokenSlots numbers tokens in insertion order, and a copy is independent', () => {
  const anyToken = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }));
  const tokens = fc.array(anyToken, { maxLength: 300 });
  fc.assert(
    fc.property(tokens, tokens, tokens, (shared, added, otherTokens) => {
      const slots = new TokenSlots();
      const map = new Map<number, number>();
      const addAll = (newTokens: readonly number[]): void => {
        for (const token of newTokens) {
          if (!map.has(token)) map.set(token, map.size);
          expect(slots.add(token)).toBe(map.get(token));
        }
      };
      addAll(shared);
      const copy = new TokenSlots();
      copy.copyFrom(slots);
      const copied = new Map(map);
      addAll(added);
      for (const token of [...shared, ...added, ...otherTokens]) {
        expect(slots.get(token)).toBe(map.get(token));
        expect(copy.get(token)).toBe(copied.get(token));
      }
      expect([slots.count, copy.count]).toEqual([map.size, copied.size]);
    }),
  );
});
