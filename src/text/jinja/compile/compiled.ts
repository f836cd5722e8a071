// Parts of a template that are ready to run: what the compiler makes, and what loops and macros are made of.

import type { StringBuilder } from '../../string-builder.ts';
import type { Paused } from '../paused.ts';
import type { Value } from '../values/values.ts';
import type { Frame } from './frame.ts';

/** A part of a template, ready to run. */
export interface CompiledExpression {
  /** levels of recursion that it takes, besides those of what it calls */
  readonly height: number;
  run(frame: Frame): Value | Paused<Value>;
}

/** How a statement ended the round of a loop. */
export type LoopExit = 'break' | 'continue' | undefined;

export interface CompiledStatement {
  readonly height: number;
  run(frame: Frame, out: StringBuilder): LoopExit | Paused<LoopExit>;
}
