// The output of the compiler: expressions and statements as functions.

import type { StringBuilder } from '../../string-builder.ts';
import type { Paused } from '../paused.ts';
import type { Value } from '../values/values.ts';
import type { Frame } from './frame.ts';

export interface CompiledExpression {
  /** levels of recursion that the expression uses, without those of functions that it calls */
  readonly height: number;
  run(frame: Frame): Value | Paused<Value>;
}

/** How a statement ended the iteration of a loop. */
export type LoopExit = 'break' | 'continue' | undefined;

export interface CompiledStatement {
  /** see `CompiledExpression` */
  readonly height: number;
  run(frame: Frame, out: StringBuilder): LoopExit | Paused<LoopExit>;
}
