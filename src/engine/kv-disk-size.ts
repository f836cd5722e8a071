// Checks the options for offloading to disk, before the folder is opened. An option that would have no effect is rejected, not
// ignored.

import { QuireError } from '../base/errors.ts';
import type { KvLayout } from '../base/model/kv-layout.ts';
import { checkInteger } from '../base/option-names.ts';
import type { CachePolicy } from '../kv/cache-policy.ts';
import type { KvDiskPort } from './kv-disk-port.ts';

export interface KvDiskSizeOptions {
  /** maximum bytes of offloaded keys and values on disk, which survive restarts; 0, the default, disables offloading */
  readonly kvDisk?: number;
  /** folder of the offloaded keys and values; `$XDG_DATA_HOME/quire/kv` by default */
  readonly kvDiskFolder?: string;
}

/** Returns the maximum number of bytes of keys and values on disk; 0 if offloading is disabled. Throws `bad_option`. */
export function kvDiskSize(
  options: KvDiskSizeOptions,
  cache: CachePolicy,
  layout: KvLayout,
  disk: KvDiskPort | undefined,
): number {
  const limitBytes = checkInteger('kvDisk', options.kvDisk ?? 0, 0, Number.MAX_SAFE_INTEGER);
  if (limitBytes === 0) {
    if (options.kvDiskFolder === undefined) return 0;
    throw badOption('kvDiskFolder needs kvDisk', 'set kvDisk to the limit in bytes');
  }
  if (cache !== 'paged')
    throw badOption(`the cache ${cache} does not offload to disk`, 'remove kvDisk, or set cache to paged');
  if (disk === undefined) throw badOption('kvDisk is not supported on this platform', 'remove kvDisk');
  const blockBytes = Math.max(...disk.blockBytes(layout));
  if (limitBytes < blockBytes)
    throw badOption(
      `kvDisk is ${limitBytes} bytes, but one block needs ${blockBytes}`,
      'raise kvDisk, for example to 4GiB',
    );
  return limitBytes;
}

const badOption = (message: string, hint: string): QuireError => new QuireError('bad_option', message, hint);
