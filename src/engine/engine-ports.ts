// The platform functions that an engine needs: hashing, free memory, model files and a disk. `node/node-ports.ts` implements
// them for Node, `browser-ports.ts` for browsers.

import type { ModelFile } from '../base/model/model-file.ts';
import type { KvDiskPort } from './kv-disk-port.ts';

export interface EnginePorts {
  /** SHA-256 */
  readonly createHash: CreateHash;
  /** Returns the free memory in bytes, within the limit of a container. */
  readonly freeMemory: () => number;
  /** Opens the model of a reference; rejects with the errors of `formats` and `hub`. The caller closes it. */
  readonly openModel: (reference: string, options: OpenModelOptions) => Promise<ModelFile>;
  /** absent when there is no disk */
  readonly kvDisk?: KvDiskPort;
}

export type CreateHash = () => IncrementalHash;

/** Synchronous, because it hashes while weights are read. */
export interface IncrementalHash {
  /** Adds bytes, or the UTF-8 bytes of a string. */
  update(data: string | Uint8Array): void;
  /** Returns the hash in hexadecimal digits; `update` must not be called afterwards. */
  digest(): string;
}

export interface OpenModelOptions {
  /** reads models of a hub from the cache only, without network access */
  readonly offline?: boolean | undefined;
  /** called with downloaded bytes and the name of their file */
  readonly onProgress?: ((doneBytes: number, totalBytes: number, file?: string) => void) | undefined;
}
