// The cache policies by name.

/** Which key-value cache an engine keeps: see docs/life-of-a-request.md. */
export type CachePolicy = 'none' | 'contiguous' | 'paged';

export const CACHE_POLICIES: readonly CachePolicy[] = ['none', 'contiguous', 'paged'];
