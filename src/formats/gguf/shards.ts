// A GGUF in several files, as llama.cpp's gguf-split makes them: NAME-00001-of-00003.gguf and so on. The first
// holds all metadata, each holds some of the tensors, and each says which of how many it is.

import { badGguf } from './error.ts';
import type { GgufMetadata } from './types.ts';

const SHARD = /^(.*)-(\d{5})-of-(\d{5})(\.gguf)$/i;

/** Far above any model's. */
const MAX_SHARDS = 1000;

export interface ShardPlace {
  /** from 0 */
  readonly index: number;
  readonly count: number;
}

/** Which shard a file is by its metadata; the only one where it says nothing. Throws `bad_gguf`. */
export function readShardPlace(source: string, metadata: GgufMetadata): ShardPlace {
  const index = metadata.get('split.no') ?? 0;
  const count = metadata.get('split.count') ?? 1;
  const whole = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value);
  // Some writers give a whole file a count of 0.
  if (index === 0 && count === 0) return { index, count: 1 };
  if (whole(index) && whole(count) && index >= 0 && index < count && count <= MAX_SHARDS)
    return { index, count };
  throw badGguf(source, `it claims to be shard ${String(index)} of ${String(count)}`);
}

/** The path of shard `index` beside `path`; undefined when `path` is not named as a shard of `count`. */
export function shardPath(path: string, { index, count }: ShardPlace): string | undefined {
  const [, stem, , named, extension] = SHARD.exec(path) ?? [];
  if (stem === undefined || Number(named) !== count) return undefined;
  return `${stem}-${String(index + 1).padStart(5, '0')}-of-${named}${extension}`;
}
