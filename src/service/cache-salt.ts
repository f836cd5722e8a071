// Isolates the prefix cache between keys. A request finds only prefixes that were computed for the same key. Otherwise the
// response time and the cache report would reveal what other clients have requested.

import type { CacheMiss, CacheReport } from '../completion/cache-report.ts';

export interface CacheScope {
  /** `''` when no keys are configured */
  readonly keyId: string;
  /** salt of the request, which isolates requests of the same key from each other */
  readonly cacheSalt: string | undefined;
  /** whether all keys share one cache */
  readonly shareCache: boolean;
}

/**
 * Returns the salt for the engine, or undefined if the request uses the shared cache. Key ids contain no colon, so different
 * scopes have different salts.
 */
export function saltFor({ keyId, cacheSalt = '', shareCache }: CacheScope): string | undefined {
  const owner = shareCache ? '' : keyId;
  return owner === '' && cacheSalt === '' ? undefined : `${owner}:${cacheSalt}`;
}

/** The cache report that clients receive. */
export type ReportedCache = Omit<CacheReport, 'miss'> & {
  readonly miss?: Exclude<CacheMiss, 'different_salt'>;
};

/**
 * Reports a prefix under another salt as absent: otherwise one client could find out, block by block, what another client has
 * requested.
 */
export function withoutOtherSalts({ miss, ...report }: CacheReport): ReportedCache {
  if (miss === undefined) return report;
  return { ...report, miss: miss === 'different_salt' ? 'nothing_in_common' : miss };
}
