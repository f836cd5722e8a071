// What is asked of the disk behind KV memory, checked before anything is opened: an option that could have no effect is
// refused, not ignored.

import { QuireError } from '../base/errors.ts';
import { type KvLayout, kvBlockBytes } from '../base/kv-layout.ts';
import { wholeOption } from '../base/option-names.ts';
import type { CachePolicy } from '../kv/cache-policy.ts';
import { HEADER_BYTES } from './node/block-file.ts';
import { defaultKvFolder } from './node/kv-disk.ts';

export interface KvDiskSizeOptions {
  /** bytes of disk for keys and values, which outlive memory and process there; 0, the default, for none */
  readonly kvDisk?: number;
  /** where: `$XDG_DATA_HOME/quire/kv` by default */
  readonly kvDiskFolder?: string;
}

export interface KvDiskSize {
  readonly folder: string;
  /** 0 for none */
  readonly limitBytes: number;
  /** of a block's file, of each group of layers */
  readonly fileBytes: readonly number[];
}

/** Raises `bad_option`. */
export function kvDiskSize(options: KvDiskSizeOptions, cache: CachePolicy, layout: KvLayout): KvDiskSize {
  const { kvDisk = 0, kvDiskFolder: folder = defaultKvFolder() } = options;
  const limitBytes = wholeOption('kvDisk', kvDisk, 0, Number.MAX_SAFE_INTEGER);
  const fileBytes = layout.groups.map((group) => kvBlockBytes(layout, group) + HEADER_BYTES);
  const least = Math.max(...fileBytes);
  if (limitBytes === 0) {
    if (options.kvDiskFolder === undefined) return { folder, limitBytes, fileBytes };
    throw refused('kvDiskFolder came without kvDisk', 'say how many bytes it may take, too');
  }
  if (cache !== 'paged')
    throw refused(`the cache ${cache} keeps nothing on a disk`, 'leave kvDisk out, or take the cache paged');
  if (limitBytes < least)
    throw refused(`kvDisk is ${limitBytes} and a block takes ${least} bytes`, 'give more, such as 4GiB');
  return { folder, limitBytes, fileBytes };
}

const refused = (what: string, hint: string): QuireError => new QuireError('bad_option', what, hint);
