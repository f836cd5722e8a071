// What one rendering shares.

import type { Arguments } from './arguments.ts';
import type { Budget } from './budget.ts';
import type { Later } from './later.ts';
import type { MarkedText } from './marked-text.ts';
import type { Value } from './values.ts';

/** Filters and tests by their names, which some filters and tests ask for. */
export interface Library {
  readonly hasFilter: (name: string) => boolean;
  readonly applyFilter: (name: string, value: Value, given: Arguments, run: Run) => Value | Later<Value>;
  readonly runTest: (name: string, value: Value, given: Arguments, run: Run) => boolean | Later<boolean>;
}

export interface Run {
  /** of the texts in the variables */
  readonly marked: MarkedText;
  /** a text without guard marks */
  readonly clean: (text: string) => string;
  readonly budget: Budget;
  readonly now: () => Date;
  readonly library: Library;
  /** variables over globals */
  readonly names: ReadonlyMap<string, Value>;
}
