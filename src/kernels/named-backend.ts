// The description of a backend that users select by name: its options, and the function that creates it. The code that
// selects a backend uses these descriptions, so that it contains no names of backends.

import type { KvDtype } from '../base/model/kv-layout.ts';
import type { Backend } from './backend.ts';

export interface NamedBackend<Options extends object> {
  /** Checks the options and creates the backend. */
  readonly create: (options: Options) => Backend;
  readonly options: readonly (keyof Options & string)[];
  /** why the backend rejects other options, for error messages */
  readonly limits: string;
  /** default dtype of stored keys and values */
  readonly kvDtype: KvDtype;
  /** Returns the reason why the backend cannot run on this machine; undefined if it can. */
  readonly unavailable: () => string | undefined;
}
