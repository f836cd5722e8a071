// The disk port of an engine in Node, which offloads KV blocks to a folder.

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
    const handle = await KvDiskHandle.open({ folder, limitBytes, onWarning });
    return {
      stores: handle.cache && createStores(handle.cache, request),
      get state() {
        return handle.state;
      },
      close: (flush) => handle.close(flush),
    };
  },
};

// Creates a store for each layer group. The groups share the disk in the same proportion as KV memory.
function createStores(
  cache: DiskBlockCache,
  { layout, blocks, fingerprint, executable }: KvDiskRequest,
): DiskOffloadStore[] {
  const fileBytes = kvDiskPort.blockBytes(layout);
  const groupBytes = fileBytes.map((bytes, group) => blocks[group]! * bytes);
  const totalBytes = groupBytes.reduce((sum, bytes) => sum + bytes, 0);
  return fileBytes.map((bytes, group) => {
    const capacity = Math.floor((cache.limitBytes * groupBytes[group]!) / totalBytes / bytes);
    return new DiskOffloadStore({ cache, fingerprint, executable, group, capacity });
  });
}
