// The platform functions that an engine needs: hashing, free memory, model files and a disk. `node/node-ports.ts` implements the
// functions for Node, `browser-ports.ts` for browsers.

import type { AdapterFile, AdapterTargets } from '../base/model/adapter-file.ts';
import type { ModelFile } from '../base/model/model-file.ts';
import type { KvDiskPort } from './kv-disk-port.ts';

export interface EnginePorts {
  /** Creates a SHA-256 hash. */
  readonly createHash: CreateHash;
  /** Returns the free memory in bytes, within the limit of a container. */
  readonly freeMemory: () => number;
  /** Opens the model file of a reference, which the caller must close. Rejects with the errors of `formats` and `hub`. */
  readonly openModel: (reference: string, options: OpenModelOptions) => Promise<ModelFile>;
  /** Opens a LoRA adapter, which the caller must close. Rejects with `bad_adapter` or the errors of `formats`. */
  readonly openAdapter: (path: string, targets: AdapterTargets) => Promise<AdapterFile>;
  /** absent if the platform has no disk */
  readonly kvDisk?: KvDiskPort;
}

export type CreateHash = () => IncrementalHash;

/** A hash that is computed in parts. It is synchronous, because weights are hashed while they are read. */
export interface IncrementalHash {
  /** Adds bytes, or the UTF-8 bytes of a string. */
  update(data: string | Uint8Array): void;
  /** Returns the hash as hexadecimal digits. `update` must not be called afterwards. */
  digest(): string;
}

export interface OpenModelOptions {
  /** read models of a hub only from the cache, without network access */
  readonly offline?: boolean | undefined;
  /** called during a download with the number of downloaded bytes and the name of the file */
  readonly onProgress?: ((doneBytes: number, totalBytes: number, file?: string) => void) | undefined;
}
