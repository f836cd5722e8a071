// What an engine needs of the place it runs in, and cannot have by itself: hashing, a look at free memory, model files,
// a disk. `node/node-ports.ts` supplies it in Node, `browser-ports.ts` in a page.

import type { ModelFile } from '../base/model/model-file.ts';
import type { KvDiskPort } from './kv-disk-port.ts';

export interface EnginePorts {
  /** SHA-256 */
  readonly createHash: CreateHash;
  /** bytes that are free now, the limit of a container included */
  readonly freeMemory: () => number;
  /** Opens what a reference names; rejects with the errors of `formats` and `hub`. The caller closes it. */
  readonly openModel: (reference: string, options: OpenModelOptions) => Promise<ModelFile>;
  /** absent where no disk can be had */
  readonly kvDisk?: KvDiskPort;
}

export type CreateHash = () => IncrementalHash;

/** At once and not by a promise: it is fed while weights are read. */
export interface IncrementalHash {
  /** Texts are taken as UTF-8. */
  update(data: string | Uint8Array): void;
  /** Of all so far, in hexadecimal digits; nothing may be added afterwards. */
  digest(): string;
}

export interface OpenModelOptions {
  /** a model of a hub is taken from the cache, and nothing is asked of the network */
  readonly offline?: boolean | undefined;
  /** told of bytes that are downloaded, with the file they belong to */
  readonly onProgress?: ((doneBytes: number, totalBytes: number, file?: string) => void) | undefined;
}
