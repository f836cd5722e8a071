// The layer groups of caches in tests: which positions they retain, and how many blocks they have.

import fc from 'fast-check';
import type { KvKeeps } from '../../../src/base/model/kv-layout.ts';
import type { CacheGroup } from '../../../src/kv/create-cache.ts';
import type { PagedCache } from '../../../src/kv/paged-cache.ts';
import { randomInteger } from '../random.ts';

export const ONE_GROUP: readonly KvKeeps[] = ['all'];

/** Returns layer groups that have the same number of blocks each. */
export const groupsOf = (retentions: readonly KvKeeps[], blocks: number): CacheGroup[] =>
  retentions.map((retention) => ({ retention, blocks }));

/** Returns the number of blocks that can be allocated in the first layer group. */
export const availableBlockCount = (cache: PagedCache): number => cache.groupBlocks[0]!.pool.availableCount;

/** Returns the retention of one group without a window, or of one to three random groups. */
export function randomRetentions(random: () => number): KvKeeps[] {
  if (random() < 0.4) return ['all'];
  return Array.from({ length: 1 + randomInteger(random, 3) }, () =>
    random() < 0.4 ? 'all' : { window: 1 + randomInteger(random, 24) },
  );
}

const groupRetention: fc.Arbitrary<KvKeeps> = fc.oneof(
  fc.constant('all' as const),
  fc.record({ window: fc.integer({ min: 1, max: 12 }) }),
);

/** Generates values like those of `randomRetentions`, for property tests. */
export const retentionArbitrary: fc.Arbitrary<KvKeeps[]> = fc.oneof(
  fc.constant<KvKeeps[]>(['all']),
  fc.array(groupRetention, { minLength: 1, maxLength: 3 }),
);
