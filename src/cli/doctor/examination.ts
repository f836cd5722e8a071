// What `quire doctor` knows about this machine and the settings.

import type { SqliteChoice } from '../../base/node/sqlite/open-sqlite-database.ts';
import type { BackendName } from '../../engine/node/choose-backend.ts';
import type { KernelProblem } from '../../kernels/native/node/find-addon.ts';

export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface FolderState {
  readonly path: string;
  readonly exists: boolean;
  /** whether files can be written there, or the folder can be created */
  readonly isWritable: boolean;
  /** free space of the file system; absent if unknown */
  readonly freeBytes?: number;
}

export interface HubState {
  readonly endpoint: string;
  readonly hasToken: boolean;
  readonly offline: boolean;
  readonly cache: FolderState;
}

export interface Examination {
  readonly version: string;
  readonly platform: string;
  readonly node: string;
  readonly processor: { readonly model: string; readonly threads: number };
  readonly kernels: {
    readonly backend: BackendName;
    /** where the native kernels were found; absent if there are none */
    readonly origin?: string;
    readonly path?: string;
    /** that the kernels contain and the processor supports, the fastest first */
    readonly instructionSets: readonly string[];
    /** the setting QUIRE_ISA */
    readonly requestedSet?: string;
    /** kernels that would have been preferred */
    readonly notUsed: readonly KernelProblem[];
  };
  /** stores conversations, and locks folders */
  readonly sqlite: SqliteChoice;
  /** the model in the package; `reason`: why it cannot be read */
  readonly embeddedModel: { readonly path: string; readonly reason?: string };
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number };
  /** maximum number of open files of this process; absent if unknown or unlimited */
  readonly openFiles?: number;
  readonly dataFolder: FolderState;
  readonly kvFolder: FolderState;
  /** the error of an invalid setting */
  readonly hub: HubState | Problem;
}
