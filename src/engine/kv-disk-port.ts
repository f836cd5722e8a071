// The disk behind an engine's KV memory as the engine sees it: what is asked of it, how it stands, and how it ends.

import type { QuireError } from '../base/errors.ts';
import type { KvLayout } from '../base/model/kv-layout.ts';
import type { Executable } from '../kernels/backend.ts';
import type { OffloadStore } from '../kv/offload-store.ts';

export type { BlockKey, OffloadStore } from '../kv/offload-store.ts';

export interface KvDiskPort {
  /** Bytes that one block of each group of `layout` takes there. */
  blockBytes(layout: KvLayout): readonly number[];
  /** Takes the folder if it can; does not reject. */
  open(request: KvDiskRequest): Promise<OpenKvDisk>;
}

export interface KvDiskRequest {
  /** a folder of its own choice when absent */
  readonly folder: string | undefined;
  readonly limitBytes: number;
  readonly layout: KvLayout;
  /** of KV memory, of each group of layers */
  readonly blocks: readonly number[];
  /** of all that can change a bit of a key or a value; 64 hexadecimal digits */
  readonly fingerprint: string;
  /** whose blocks are kept */
  readonly executable: Executable;
  /** told of each reason why the disk is not used as it should be, once */
  readonly onWarning: (warning: QuireError) => void;
}

export interface OpenKvDisk {
  /** of each group of layers; absent where the folder could not be had */
  readonly tiers: readonly OffloadStore[] | undefined;
  readonly state: KvDiskState;
  /**
   * Writes what is still to be written, for a few seconds at most, and gives the folder back.
   * @param keepIdle hands over what is only in memory
   */
  close(keepIdle: () => Promise<void>): Promise<void>;
}

export interface KvDiskState extends BlockStoreCounts {
  /** whether blocks are kept now; what is there may be read even when they are not */
  readonly active: boolean;
  readonly limitBytes: number;
  /** the last thing that went wrong, as one line */
  readonly problem?: string;
}

export interface BlockStoreCounts {
  /** of all files, those of other models included */
  readonly usedBytes: number;
  /** since the start */
  readonly storedBlocks: number;
  readonly loadedBlocks: number;
  /** blocks that could not be written, or were not whole when they were read */
  readonly failedBlocks: number;
}
