// The names of the cache policies.

/** How an engine caches keys and values: see docs/life-of-a-request.md. */
export type CachePolicy = 'none' | 'contiguous' | 'paged';

export const CACHE_POLICIES: readonly CachePolicy[] = ['none', 'contiguous', 'paged'];
