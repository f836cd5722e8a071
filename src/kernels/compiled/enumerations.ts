// The enumerations that TypeScript and the compiled kernels share. The value of a C++ enumerator is the index of its name in
// these lists. native/src/operations.h is generated from the lists.

import { DTYPE_NAMES } from '../../base/model/dtypes.ts';
import { KV_DTYPES } from '../../base/model/kv-layout.ts';
import { SELECTION_OUTCOMES } from '../../base/step/selection.ts';
import { operandsOf } from '../../program/operands.ts';
import { OPERATION_KINDS } from '../../program/operations.ts';

const choices = OPERATION_KINDS.flatMap(operandsOf).flatMap(({ field }): [string, readonly string[]][] =>
  field.type === 'choice' ? [[field.enumeration, field.names]] : [],
);

/** The names of each enumeration, in order. */
export const ENUMERATIONS: Readonly<Record<string, readonly string[]>> = {
  OpKind: OPERATION_KINDS,
  WeightType: DTYPE_NAMES,
  KvType: KV_DTYPES,
  Outcome: SELECTION_OUTCOMES,
  ...Object.fromEntries(choices),
};
