// What is asked of the disk behind KV memory, checked before anything is opened: an option that could have no effect is
// refused, not ignored.

import { QuireError } from '../base/errors.ts';
import type { KvLayout } from '../base/model/kv-layout.ts';
import { wholeOption } from '../base/option-names.ts';
import type { CachePolicy } from '../kv/cache-policy.ts';
import type { KvDiskPort } from './kv-disk-port.ts';

export interface KvDiskSizeOptions {
  /** bytes of disk for keys and values, which outlive memory and process there; 0, the default, for none */
  readonly kvDisk?: number;
  /** where: `$XDG_DATA_HOME/quire/kv` by default */
  readonly kvDiskFolder?: string;
}

/** Bytes that keys and values may take on `disk`, 0 for none. Raises `bad_option`. */
export function kvDiskSize(
  options: KvDiskSizeOptions,
  cache: CachePolicy,
  layout: KvLayout,
  disk: KvDiskPort | undefined,
): number {
  const limitBytes = wholeOption('kvDisk', options.kvDisk ?? 0, 0, Number.MAX_SAFE_INTEGER);
  if (limitBytes === 0) {
    if (options.kvDiskFolder === undefined) return 0;
    throw refused('kvDiskFolder came without kvDisk', 'say how many bytes it may take, too');
  }
  if (cache !== 'paged')
    throw refused(`the cache ${cache} keeps nothing on a disk`, 'leave kvDisk out, or take the cache paged');
  if (disk === undefined) throw refused('there is no disk for kvDisk here', 'leave kvDisk out');
  const blockBytes = Math.max(...disk.blockBytes(layout));
  if (limitBytes < blockBytes)
    throw refused(`kvDisk is ${limitBytes} and a block takes ${blockBytes} bytes`, 'give more, such as 4GiB');
  return limitBytes;
}

const refused = (what: string, hint: string): QuireError => new QuireError('bad_option', what, hint);
