// The engine's interface to the disk that KV blocks are offloaded to: opening it, its state, and closing it.

import type { QuireError } from '../base/errors.ts';
import type { KvLayout } from '../base/model/kv-layout.ts';
import type { Executable } from '../kernels/backend.ts';
import type { OffloadStore } from '../kv/offload-store.ts';

export type { BlockKey, OffloadStore } from '../kv/offload-store.ts';

export interface KvDiskPort {
  /** Returns the bytes of one stored block, for each group of `layout`. */
  blockBytes(layout: KvLayout): readonly number[];
  /** Opens the folder. Does not reject: `stores` is absent when the folder cannot be used. */
  open(request: KvDiskRequest): Promise<OpenKvDisk>;
}

export interface KvDiskRequest {
  /** the port's default folder when absent */
  readonly folder: string | undefined;
  readonly limitBytes: number;
  readonly layout: KvLayout;
  /** blocks of KV memory, for each group of layers */
  readonly blocks: readonly number[];
  /** identifies everything that affects the bits of keys and values; 64 hexadecimal digits */
  readonly fingerprint: string;
  /** holds the blocks in KV memory */
  readonly executable: Executable;
  /** called once for each reason why blocks are not offloaded as requested */
  readonly onWarning: (warning: QuireError) => void;
}

export interface OpenKvDisk {
  /** one for each group of layers; absent when the folder could not be opened */
  readonly stores: readonly OffloadStore[] | undefined;
  readonly state: KvDiskState;
  /**
   * Writes the remaining blocks, for a few seconds at most, and releases the folder.
   * @param flush offloads the blocks that are only in memory
   */
  close(flush: () => Promise<void>): Promise<void>;
}

export interface KvDiskState extends BlockStoreCounts {
  /** whether blocks are written now; stored blocks may be readable even when they are not */
  readonly active: boolean;
  readonly limitBytes: number;
  /** the last failure, as one line */
  readonly problem?: string;
}

export interface BlockStoreCounts {
  /** bytes of all files, those of other models included */
  readonly usedBytes: number;
  /** since the engine started */
  readonly storedBlocks: number;
  readonly loadedBlocks: number;
  /** blocks that could not be written, or were damaged or missing when read */
  readonly failedBlocks: number;
}
