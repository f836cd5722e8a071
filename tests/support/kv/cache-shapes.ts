// Shapes of caches for tests: groups of layers with their windows and blocks.

import fc from 'fast-check';
import type { KvKeeps } from '../../../src/base/model/kv-layout.ts';
import type { CacheGroup } from '../../../src/kv/create-cache.ts';
import type { PagedCache } from '../../../src/kv/paged-cache.ts';
import { wholeBelow } from '../random.ts';

export const ONE_GROUP: readonly KvKeeps[] = ['all'];

/** Returns groups of layers with the same number of blocks each. */
export const groupsOf = (keeps: readonly KvKeeps[], blocks: number): CacheGroup[] =>
  keeps.map((one) => ({ keeps: one, blocks }));

/** Returns the number of blocks that can be allocated in the first group of layers. */
export const availableIn = (cache: PagedCache): number => cache.groupBlocks[0]!.pool.available;

/** Returns one group that keeps all positions, or one to three random groups. */
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

/** The same as an arbitrary for property tests. */
export const keptByGroups: fc.Arbitrary<KvKeeps[]> = fc.oneof(
  fc.constant<KvKeeps[]>(['all']),
  fc.array(kept, { minLength: 1, maxLength: 3 }),
);
