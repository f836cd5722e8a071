// A GGUF split into several files by llama.cpp's gguf-split: NAME-00001-of-00003.gguf and so on. The first shard
// has all metadata. Each shard has some of the tensors, and its metadata contains its index and the number of shards.

import { badGguf } from './error.ts';
import type { GgufMetadata } from './types.ts';

const SHARD = /^(.*)-(\d{5})-of-(\d{5})(\.gguf)$/i;

// Far above the number of shards of any model.
const MAX_SHARDS = 1000;

export interface ShardPosition {
  /** from 0 */
  readonly index: number;
  readonly count: number;
}

/**
 * Reads the index and the number of shards from the metadata. A file without these keys is the only shard. Throws
 * `bad_gguf`.
 */
export function readShardPosition(source: string, metadata: GgufMetadata): ShardPosition {
  const index = metadata.get('split.no') ?? 0;
  const count = metadata.get('split.count') ?? 1;
  const isInteger = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value);
  // Some writers put a count of 0 into a file that is not split.
  if (index === 0 && count === 0) return { index, count: 1 };
  if (isInteger(index) && isInteger(count) && index >= 0 && index < count && count <= MAX_SHARDS)
    return { index, count };
  throw badGguf(source, `it claims to be shard ${String(index)} of ${String(count)}`);
}

/**
 * Returns the path of shard `index` in the folder of `path`; undefined if `path` is not named as a shard of `count`.
 */
export function shardPath(path: string, { index, count }: ShardPosition): string | undefined {
  const [, stem, , total, extension] = SHARD.exec(path) ?? [];
  if (stem === undefined || Number(total) !== count) return undefined;
  return `${stem}-${String(index + 1).padStart(5, '0')}-of-${total}${extension}`;
}
