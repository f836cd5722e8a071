// A program is the result of building a model: operations on named values whose number of rows is symbolic, T (tokens of the
// step) or R (rows whose next token is sampled). It is plain data; passes are functions from program to program. Every named
// value is rounded to f32.

import type { DtypeName } from '../base/model/dtypes.ts';
import type { KvGroup } from '../base/model/kv-layout.ts';
import type { RopeConfig } from '../base/model/model-file.ts';
import type { ValueDtype } from './fields.ts';
import type { Operation } from './operations.ts';

export type { ValueId, WeightId } from './fields.ts';

export interface Value {
  readonly name: string;
  readonly rows: 'T' | 'R';
  /** elements of a row */
  readonly width: number;
  readonly dtype: ValueDtype;
}

/** Rows of a checkpoint tensor; merged tensors (GPT-2's Q, K and V) are several weights. */
export interface Weight {
  /** checkpoint name of the tensor */
  readonly tensor: string;
  readonly dtype: DtypeName;
  readonly rowOffset: number;
  readonly rows: number;
  readonly columns: number;
}

export interface Program {
  readonly values: readonly Value[];
  readonly weights: readonly Weight[];
  readonly operations: readonly Operation[];
  /** the rotary embeddings that operations refer to by index; most models have one */
  readonly ropes: readonly RopeConfig[];
  readonly kvGroups: readonly KvGroup[];
}
