// `quire-llm/kernels`: the available backends, and the interface for writing one.

export {
  KV_DTYPES,
  type KvDtype,
  type KvGroup,
  type KvKeeps,
  type KvLayout,
} from '../base/model/kv-layout.ts';
export {
  ACTIVATION_NAMES,
  type ActivationName,
  type FileRange,
  type RopeConfig,
  type RopeLayout,
  type RopeScaling,
} from '../base/model/model-file.ts';
export {
  SELECTION_OUTCOMES,
  type SelectionFailure,
  type SelectionOutcome,
  type SelectionRow,
  type TokenLogprob,
  type TokenLogprobs,
} from '../base/step/selection.ts';
export type { StepPlan, StepResult } from '../base/step/step-plan.ts';
export type {
  ChoiceField,
  Field,
  Fields,
  FloatField,
  InputField,
  IntegerField,
  Leaf,
  OutputField,
  RecordField,
  RecordMembers,
  RopeField,
  ValueDtype,
  ValueOf,
  ValuesOf,
  WeightField,
} from '../program/fields.ts';
export { addLoraTargets, type LoraMatrices, loraTargetsOf } from '../program/lora.ts';
export type { Target } from '../program/lower.ts';
export {
  type Attention,
  OPERATIONS,
  type Operation,
  type OperationKind,
  type OperationOf,
} from '../program/operations.ts';
export type { Capacity } from '../program/plan-memory.ts';
export type { Program, Value, ValueId, Weight, WeightId } from '../program/program.ts';
export type { RopeTable } from '../program/rope-table.ts';
export type { Tape, TapeBuffer } from '../program/tape.ts';
export type { KvGroupWork, Work } from '../program/work.ts';
export {
  type Adapter,
  type Backend,
  type ByteRange,
  type Executable,
  type ExecutableRequest,
  type LoadedWeights,
  NUMERICS_VERSION,
  type ThreadTimes,
  tensorsOf,
  type WeightFiles,
  type WeightSource,
} from './backend.ts';
export type { Limits } from './limits.ts';
export {
  instructionSets,
  measureLimits,
  type NativeOptions,
  native,
  nativeUnavailable,
} from './native/node/native-backend.ts';
export { type ReferenceOptions, reference } from './reference/node/reference-backend.ts';
export { type WasmOptions, wasm, wasmUnavailable } from './wasm/node/wasm-backend.ts';
