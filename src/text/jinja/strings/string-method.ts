// A method of texts, as a table has it.

import type { Later } from '../paused.ts';
import type { Arguments, Run, Value } from '../values/values.ts';

/** A method of a text, which may hold marks. */
export type TextMethod = (text: string, given: Arguments, run: Run) => Value | Later<Value>;
