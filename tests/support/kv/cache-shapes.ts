// Layer groups of caches for tests, and their available blocks.

import fc from 'fast-check';
import type { KvKeeps } from '../../../src/base/model/kv-layout.ts';
import type { CacheGroup } from '../../../src/kv/create-cache.ts';
import type { PagedCache } from '../../../src/kv/paged-cache.ts';
import { wholeBelow } from '../random.ts';

export const ONE_GROUP: readonly KvKeeps[] = ['all'];

/** Returns groups of layers with `blocks` blocks each. */
export const groupsOf = (keeps: readonly KvKeeps[], blocks: number): CacheGroup[] =>
  keeps.map((one) => ({ keeps: one, blocks }));

/** Returns the number of blocks that the first group of layers can allocate now. */
export const availableIn = (cache: PagedCache): number => cache.groupBlocks[0]!.pool.available;

/** Returns a single group without window in 40 % of the cases, else one to three random groups. */
export function randomKeeps(random: () => number): KvKeeps[] {
  if (random() < 0.4) return ['all'];
  return Array.from({ length: 1 + wholeBelow(random, 3) }, () =>
    random() < 0.4 ? 'all' : { window: 1 + wholeBelow(random, 24) },
  );
}

const kept: fc.Arbitrary<KvKeeps> = fc.oneof(
  fc.constant('all' as const),
  fc.record({ window: fc.integer({ min: 1, max: 12 }) }),
);

/** The same for property tests. */
export const keptByGroups: fc.Arbitrary<KvKeeps[]> = fc.oneof(
  fc.constant<KvKeeps[]>(['all']),
  fc.array(kept, { minLength: 1, maxLength: 3 }),
);
