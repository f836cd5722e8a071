// A backend that users choose by name, as its own folder describes it: which of the options beside the name are its own,
// and what makes it of them. The code that chooses reads the description and knows no names.

import type { KvDtype } from '../base/model/kv-layout.ts';
import type { Backend } from './backend.ts';

export interface NamedBackend<Options extends object> {
  /** Checks its options, and makes it. */
  readonly create: (options: Options) => Backend;
  readonly options: readonly (keyof Options & string)[];
  /** why it takes no others, for a message */
  readonly limits: string;
  /** what keys and values are stored as where nothing else is asked for */
  readonly kvDtype: KvDtype;
  /** Why it cannot run here; undefined where it can. */
  readonly unavailable: () => string | undefined;
}
