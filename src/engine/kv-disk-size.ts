// Checks the options of offload to disk before anything is opened. An option without effect is refused instead of ignored.

import { QuireError } from '../base/errors.ts';
import type { KvLayout } from '../base/model/kv-layout.ts';
import { integerOption } from '../base/option-names.ts';
import type { CachePolicy } from '../kv/cache-policy.ts';
import type { KvDiskPort } from './kv-disk-port.ts';

export interface KvDiskSizeOptions {
  /** bytes of disk for offloaded keys and values, which persist across restarts; 0, the default, for none */
  readonly kvDisk?: number;
  /** folder of the offloaded keys and values; `$XDG_DATA_HOME/quire/kv` by default */
  readonly kvDiskFolder?: string;
}

/** Returns the limit of keys and values on `disk` in bytes, 0 for none. Throws `bad_option`. */
export function kvDiskSize(
  options: KvDiskSizeOptions,
  cache: CachePolicy,
  layout: KvLayout,
  disk: KvDiskPort | undefined,
): number {
  const limitBytes = integerOption('kvDisk', options.kvDisk ?? 0, 0, Number.MAX_SAFE_INTEGER);
  if (limitBytes === 0) {
    if (options.kvDiskFolder === undefined) return 0;
    throw refused('kvDiskFolder needs kvDisk', 'set kvDisk to the limit in bytes');
  }
  if (cache !== 'paged')
    throw refused(`the cache ${cache} does not offload to disk`, 'remove kvDisk, or set cache to paged');
  if (disk === undefined) throw refused('kvDisk is not supported on this platform', 'remove kvDisk');
  const blockBytes = Math.max(...disk.blockBytes(layout));
  if (limitBytes < blockBytes)
    throw refused(
      `kvDisk is ${limitBytes} bytes, but one block takes ${blockBytes}`,
      'raise kvDisk, for example to 4GiB',
    );
  return limitBytes;
}

const refused = (what: string, hint: string): QuireError => new QuireError('bad_option', what, hint);
