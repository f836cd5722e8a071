// Caches for tests: what their groups of layers keep, and how their blocks are counted.

import fc from 'fast-check';
import type { KvKeeps } from '../../../src/base/model/kv-layout.ts';
import type { CacheGroup } from '../../../src/kv/create-cache.ts';
import type { PagedCache } from '../../../src/kv/paged-cache.ts';
import { wholeBelow } from '../random.ts';

export const ONE_GROUP: readonly KvKeeps[] = ['all'];

/** Groups of layers with so many blocks each. */
export const groupsOf = (keeps: readonly KvKeeps[], blocks: number): CacheGroup[] =>
  keeps.map((one) => ({ keeps: one, blocks }));

/** Blocks that can be had now, of the first group of layers. */
export const availableIn = (cache: PagedCache): number => cache.groupBlocks[0]!.pool.available;

/** Often a single group that keeps all, else one to three of any kind. */
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

/** The same as an arbitrary of property tests. */
export const keptByGroups: fc.Arbitrary<KvKeeps[]> = fc.oneof(
  fc.constant<KvKeeps[]>(['all']),
  fc.array(kept, { minLength: 1, maxLength: 3 }),
);
