// A method of texts, as a table has it.

import type { Paused } from '../paused.ts';
import type { Arguments, RenderState, Value } from '../values/values.ts';

/** A method of a text, which may hold marks. */
export type StringMethod = (text: string, given: Arguments, state: RenderState) => Value | Paused<Value>;
