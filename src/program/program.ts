// A program describes the computation of a model: operations on named values, whose number of rows is T (the tokens of a
// step) or R (the rows of logits). Programs are plain data, and a pass is a function that returns a changed program. Every
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

/** Rows of a tensor in the checkpoint. A merged tensor, such as Q, K and V of GPT-2, contains several weights. */
export interface Weight {
  /** name of the tensor in the checkpoint */
  readonly tensor: string;
  readonly dtype: DtypeName;
  readonly kind: 'matrix' | 'vector';
  readonly rowOffset: number;
  /** rows of a matrix, elements of a vector */
  readonly rows: number;
  /** 1 for a vector */
  readonly columns: number;
}

export interface Program {
  readonly values: readonly Value[];
  readonly weights: readonly Weight[];
  readonly operations: readonly Operation[];
  /** the rotary embeddings, to which operations refer by index; most models have one */
  readonly ropes: readonly RopeConfig[];
  readonly kvGroups: readonly KvGroup[];
}
