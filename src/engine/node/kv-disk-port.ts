// The disk of Node behind an engine's KV memory: a folder of blocks, and the keys under which they lie there.

import { kvBlockBytes } from '../../base/kv-layout.ts';
import type { KvDiskPort } from '../kv-disk-port.ts';
import { headerBytes } from './block-file.ts';
import { DiskTier } from './disk-tier.ts';
import { defaultKvFolder, KvDisk } from './kv-disk.ts';

export const kvDiskPort: KvDiskPort = {
  blockBytes: (layout) => kvBlockBytes(layout) + headerBytes(layout.groups.length),

  async open({ folder = defaultKvFolder(), limitBytes, layout, fingerprint, executable, onWarning }) {
    const disk = await KvDisk.open({ folder, limitBytes, onWarning });
    const { store } = disk;
    const groups = layout.groups.length;
    const fileBytes = kvDiskPort.blockBytes(layout);
    return {
      tier: store && new DiskTier({ store, fingerprint, executable, groups, fileBytes }),
      get state() {
        return disk.state;
      },
      close: (keepIdle) => disk.close(keepIdle),
    };
  },
};
