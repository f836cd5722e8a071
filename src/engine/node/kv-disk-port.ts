// The disk of Node behind an engine's KV memory: a folder of blocks, and the keys under which they are stored.

import { kvBlockBytes } from '../../base/model/kv-layout.ts';
import type { KvDiskPort, KvDiskRequest } from '../kv-disk-port.ts';
import { HEADER_BYTES } from './block-file.ts';
import type { BlockStore } from './block-store.ts';
import { DiskTier } from './disk-tier.ts';
import { defaultKvFolder, KvDisk } from './kv-disk.ts';

export const kvDiskPort: KvDiskPort = {
  blockBytes: (layout) => layout.groups.map((group) => kvBlockBytes(layout, group) + HEADER_BYTES),

  async open(request) {
    const { folder = defaultKvFolder(), limitBytes, onWarning } = request;
    const disk = await KvDisk.open({ folder, limitBytes, onWarning });
    return {
      tiers: disk.store && tiersOf(disk.store, request),
      get state() {
        return disk.state;
      },
      close: (keepIdle) => disk.close(keepIdle),
    };
  },
};

// One for each group of layers. They share the disk as they share memory.
function tiersOf(store: BlockStore, { layout, blocks, fingerprint, executable }: KvDiskRequest): DiskTier[] {
  const fileBytes = kvDiskPort.blockBytes(layout);
  const memory = fileBytes.map((bytes, group) => blocks[group]! * bytes);
  const all = memory.reduce((sum, bytes) => sum + bytes, 0);
  return fileBytes.map((bytes, group) => {
    const capacity = Math.floor((store.limitBytes * memory[group]!) / all / bytes);
    return new DiskTier({ store, fingerprint, executable, group, capacity });
  });
}
