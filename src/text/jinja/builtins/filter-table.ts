// A filter, and a table of them.

import type { Later } from '../paused.ts';
import type { Arguments, Run, Value } from '../values/values.ts';

export type Filter = (value: Value, given: Arguments, run: Run) => Value | Later<Value>;

export type FilterTable = Readonly<Record<string, Filter>>;
