import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenSlots } from './token-slots.ts';

test('TokenSlots numbers tokens in insertion order, and a copy is independent', () => {
  const token = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }));
  const tokens = fc.array(token, { maxLength: 300 });
  fc.assert(
    fc.property(tokens, tokens, tokens, (shared, own, asked) => {
      const slots = new TokenSlots();
      const map = new Map<number, number>();
      const addAll = (added: readonly number[]): void => {
        for (const one of added) {
          if (!map.has(one)) map.set(one, map.size);
          expect(slots.add(one)).toBe(map.get(one));
        }
      };
      addAll(shared);
      const copy = new TokenSlots();
      copy.copyFrom(slots);
      const copied = new Map(map);
      addAll(own);
      for (const one of [...shared, ...own, ...asked]) {
        expect(slots.get(one)).toBe(map.get(one));
        expect(copy.get(one)).toBe(copied.get(one));
      }
      expect([slots.count, copy.count]).toEqual([map.size, copied.size]);
    }),
  );
});
