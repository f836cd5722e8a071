// The names that TypeScript and the native backend count alike: an enumeration of C++ each, whose numbers are the places in
// these lists. native/src/operations.h is made from them.

import { DTYPE_NAMES } from '../../base/model/dtypes.ts';
import { KV_DTYPES } from '../../base/model/kv-layout.ts';
import { SELECTION_OUTCOMES } from '../../base/step/selection.ts';
import { operandsOf } from '../../program/operands.ts';
import { OPERATION_KINDS } from '../../program/operations.ts';

const choices = OPERATION_KINDS.flatMap(operandsOf).flatMap(({ field }): [string, readonly string[]][] =>
  field.type === 'choice' ? [[field.enumeration, field.names]] : [],
);

/** Of each enumeration its names in order. */
export const ENUMERATIONS: Readonly<Record<string, readonly string[]>> = {
  OpKind: OPERATION_KINDS,
  WeightType: DTYPE_NAMES,
  KvType: KV_DTYPES,
  Outcome: SELECTION_OUTCOMES,
  ...Object.fromEntries(choices),
};
