// The types of a filter and of a table of filters.

import type { Paused } from '../paused.ts';
import type { Arguments, RenderState, Value } from '../values/values.ts';

export type Filter = (value: Value, args: Arguments, state: RenderState) => Value | Paused<Value>;

export type FilterTable = Readonly<Record<string, Filter>>;
