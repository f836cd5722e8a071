// Parts of a template that are ready to run: what the compiler makes, and what loops and macros are made of.

import type { TextBuilder } from '../../string-builder.ts';
import type { Later } from '../paused.ts';
import type { Value } from '../values/values.ts';
import type { Frame } from './frame.ts';

/** A part of a template, ready to run. */
export interface Code {
  /** levels of recursion that it takes, besides those of what it calls */
  readonly height: number;
  run(frame: Frame): Value | Later<Value>;
}

/** How a statement ended the round of a loop. */
export type Exit = 'break' | 'continue' | undefined;

export interface Step {
  readonly height: number;
  run(frame: Frame, out: TextBuilder): Exit | Later<Exit>;
}
