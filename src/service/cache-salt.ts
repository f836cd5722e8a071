// Under which salt a request finds computed text. What one key has computed is never found under another, because
// the time of an answer, and its cache report, would tell what others have asked.

import type { CacheMiss, CacheReport } from '../completion/cache-report.ts';

export interface SaltFacts {
  /** `''` where no keys are set */
  readonly keyId: string;
  /** what the caller asks to be kept apart by */
  readonly cacheSalt: string | undefined;
  /** all keys share one cache */
  readonly shareCache: boolean;
}

/** The engine's salt; undefined where all share one. A key's id has no colon, so no two pairs give the same. */
export function saltFor({ keyId, cacheSalt = '', shareCache }: SaltFacts): string | undefined {
  const owner = shareCache ? '' : keyId;
  return owner === '' && cacheSalt === '' ? undefined : `${owner}:${cacheSalt}`;
}

/** What a client is told of the cache. */
export type ReportedCache = Omit<CacheReport, 'miss'> & {
  readonly miss?: Exclude<CacheMiss, 'different_salt'>;
};

/** A text under another salt would tell one tenant, block by block, what another asks: it is as if it were not there. */
export function withoutOtherSalts({ miss, ...report }: CacheReport): ReportedCache {
  if (miss === undefined) return report;
  return { ...report, miss: miss === 'different_salt' ? 'nothing_in_common' : miss };
}
