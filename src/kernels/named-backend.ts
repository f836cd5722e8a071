// The description of a backend that users select by name: which options it has, and how it is created. The code that
// selects a backend uses these descriptions and contains no backend names.

import type { KvDtype } from '../base/model/kv-layout.ts';
import type { Backend } from './backend.ts';

export interface NamedBackend<Options extends object> {
  /** Checks the options and creates the backend. */
  readonly create: (options: Options) => Backend;
  readonly options: readonly (keyof Options & string)[];
  /** why it has no other options, for error messages */
  readonly limits: string;
  /** default dtype of stored keys and values */
  readonly kvDtype: KvDtype;
  /** Returns why it cannot run here; undefined if it can. */
  readonly unavailable: () => string | undefined;
}
