// The type of a string method in the method tables.

import type { Paused } from '../paused.ts';
import type { Arguments, RenderState, Value } from '../values/values.ts';

/** A method of a string, which may contain marks. */
export type StringMethod = (text: string, args: Arguments, state: RenderState) => Value | Paused<Value>;
