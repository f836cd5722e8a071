// The disk port in Node: a folder of KV blocks behind an engine's KV memory.

import { kvBlockBytes } from '../../base/model/kv-layout.ts';
import type { KvDiskPort, KvDiskRequest } from '../kv-disk-port.ts';
import { HEADER_BYTES } from './block-file.ts';
import { defaultKvFolder } from './data-folder.ts';
import type { DiskBlockCache } from './disk-block-cache.ts';
import { DiskOffloadStore } from './disk-offload-store.ts';
import { KvDiskHandle } from './kv-disk-handle.ts';

export const kvDiskPort: KvDiskPort = {
  blockBytes: (layout) => layout.groups.map((group) => kvBlockBytes(layout, group) + HEADER_BYTES),

  async open(request) {
    const { folder = defaultKvFolder(), limitBytes, onWarning } = request;
    const disk = await KvDiskHandle.open({ folder, limitBytes, onWarning });
    return {
      stores: disk.store && storesOf(disk.store, request),
      get state() {
        return disk.state;
      },
      close: (flush) => disk.close(flush),
    };
  },
};

// One store for each group of layers. The groups share the disk in the proportion in which they share KV memory.
function storesOf(
  store: DiskBlockCache,
  { layout, blocks, fingerprint, executable }: KvDiskRequest,
): DiskOffloadStore[] {
  const fileBytes = kvDiskPort.blockBytes(layout);
  const memory = fileBytes.map((bytes, group) => blocks[group]! * bytes);
  const all = memory.reduce((sum, bytes) => sum + bytes, 0);
  return fileBytes.map((bytes, group) => {
    const capacity = Math.floor((store.limitBytes * memory[group]!) / all / bytes);
    return new DiskOffloadStore({ store, fingerprint, executable, group, capacity });
  });
}
