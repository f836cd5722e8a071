// The interface of an engine to the disk to which KV blocks are offloaded: open the folder, report the state, close the folder.

import type { QuireError } from '../base/errors.ts';
import type { KvLayout } from '../base/model/kv-layout.ts';
import type { Executable } from '../kernels/backend.ts';
import type { OffloadStore } from '../kv/offload-store.ts';

export type { BlockKey, OffloadStore } from '../kv/offload-store.ts';

export interface KvDiskPort {
  /** Returns the number of bytes that a stored block uses, for each layer group of `layout`. */
  blockBytes(layout: KvLayout): readonly number[];
  /** Opens the folder. Never rejects: `stores` is undefined if the folder cannot be used. */
  open(request: KvDiskRequest): Promise<OpenKvDisk>;
}

export interface KvDiskRequest {
  /** by default the default folder of the port */
  readonly folder: string | undefined;
  /** maximum size of the stored blocks */
  readonly limitBytes: number;
  /** sizes and types of a block of keys and values */
  readonly layout: KvLayout;
  /** number of blocks of KV memory, for each layer group */
  readonly blocks: readonly number[];
  /** identifies everything that affects the bits of keys and values; 64 hexadecimal digits */
  readonly fingerprint: string;
  /** reads and writes the blocks in KV memory */
  readonly executable: Executable;
  /** called once for each problem because of which blocks are not offloaded */
  readonly onWarning: (warning: QuireError) => void;
}

export interface OpenKvDisk {
  /** a store for each layer group; undefined if the folder could not be opened */
  readonly stores: readonly OffloadStore[] | undefined;
  readonly state: KvDiskState;
  /**
   * Writes the remaining blocks, which takes a few seconds at most, and releases the folder.
   * @param flush offloads the blocks that are only in memory
   */
  close(flush: () => Promise<void>): Promise<void>;
}

export interface KvDiskState extends BlockStoreCounts {
  /** whether blocks are currently written; stored blocks may be readable even if this is false */
  readonly active: boolean;
  readonly limitBytes: number;
  /** the last error, as one line */
  readonly problem?: string;
}

export interface BlockStoreCounts {
  /** bytes of all files, including files of other models */
  readonly usedBytes: number;
  /** number of blocks written since the engine started */
  readonly storedBlocks: number;
  /** number of blocks read since the engine started */
  readonly loadedBlocks: number;
  /** number of blocks that could not be written, or that were damaged or missing when they were read */
  readonly failedBlocks: number;
}
