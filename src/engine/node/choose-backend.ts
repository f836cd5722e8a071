// Selects the backend: a backend that the caller created, or a backend by name. By default this is the native backend. If it
// cannot run here, it is the WebAssembly backend, and otherwise the reference backend.

import { QuireError } from '../../base/errors.ts';
import { checkChoice } from '../../base/option-names.ts';
import type { Backend } from '../../kernels/backend.ts';
import type { NamedBackend } from '../../kernels/named-backend.ts';
import { NATIVE_BACKEND, type NativeOptions } from '../../kernels/native/node/native-backend.ts';
import { REFERENCE_BACKEND, type ReferenceOptions } from '../../kernels/reference/node/reference-backend.ts';
import { WASM_BACKEND, type WasmOptions } from '../../kernels/wasm/node/wasm-backend.ts';
import type { Target } from '../../program/lower.ts';

// The options of all backends that can be selected by name.
type NamedOptions = NativeOptions & WasmOptions & ReferenceOptions;

export type BackendName = 'native' | 'wasm' | 'reference';

// The backends in order of preference.
const NAMED_BACKENDS: Readonly<Record<BackendName, NamedBackend<NamedOptions>>> = {
  native: NATIVE_BACKEND,
  wasm: WASM_BACKEND,
  reference: REFERENCE_BACKEND,
};

export const BACKENDS = Object.keys(NAMED_BACKENDS) as readonly BackendName[];

export interface BackendOptions {
  /**
   * a backend from a factory (`native({ threads: 4 })`, `wasm()`, `reference()`), or a name; by default `native` if its kernels are
   * installed, otherwise `wasm`; `reference` is slow and defines the results of all operations
   */
  readonly backend?: BackendName | Backend;
  /** number of threads of the native and the WebAssembly backend, one per processor by default; only if `backend` is not an object */
  readonly threads?: number;
  /** one of `instructionSets()`, by default `QUIRE_ISA` or the best available one; only if `backend` is not an object */
  readonly instructionSet?: string;
  /**
   * activations of the reference backend, only if `backend` is not an object: `float`, the default, is closest to the original
   * model; `int8` quantizes the inputs of quantized weights, as the other backends always do
   */
  readonly activations?: Target['activations'];
}

/** Returns the backend. Throws `bad_option`, or `backend_unavailable` if the requested backend cannot run. */
export function chooseBackend({ backend, threads, activations, instructionSet }: BackendOptions): Backend {
  const options = { threads, activations, instructionSet };
  if (typeof backend === 'object' && backend !== null) return checkBackend(backend, options);
  if (backend !== undefined) checkChoice('backend', backend, BACKENDS);
  const { name, reason } = backend === undefined ? defaultName(options) : { name: backend, reason: '' };
  return createNamed(NAMED_BACKENDS[name], options, reason);
}

/** Returns the first backend that can run here. */
export const defaultBackend = (): BackendName =>
  BACKENDS.find((candidate) => NAMED_BACKENDS[candidate].unavailable() === undefined)!;

// Returns the name of the backend. `reason` explains why it is not the preferred backend; it is empty if it is.
function defaultName({ activations }: NamedOptions): { name: BackendName; reason: string } {
  if (activations !== undefined)
    return { name: 'reference', reason: 'activations selects the reference backend, and ' };
  const name = defaultBackend();
  const unavailable = NAMED_BACKENDS[BACKENDS[0]!].unavailable();
  return { name, reason: unavailable === undefined ? '' : `${unavailable}, and ` };
}

function createNamed(backend: NamedBackend<NamedOptions>, options: NamedOptions, reason: string): Backend {
  const givenOptions = Object.entries(options).filter(([, value]) => value !== undefined);
  const unsupported = givenOptions.filter(
    ([name]) => !backend.options.some((supported) => supported === name),
  );
  rejectGivenOptions(unsupported, `${reason}${backend.limits}`);
  return backend.create(Object.fromEntries(givenOptions));
}

// Returns `backend`, or throws if it is not a backend or if there are separate options.
function checkBackend(backend: Backend, options: NamedOptions): Backend {
  const hint = 'pass the options of a created backend to its factory';
  rejectGivenOptions(Object.entries(options), hint);
  const { createExecutable, loadWeights } = backend;
  if (typeof createExecutable === 'function' && typeof loadWeights === 'function') return backend;
  throw new QuireError(
    'bad_option',
    'backend is neither a name nor a backend object',
    'pass the result of native(), wasm() or reference(), or a name',
  );
}

// Throws for the first option that has a value.
function rejectGivenOptions(options: readonly (readonly [string, unknown])[], hint: string): void {
  const [first] = options.filter(([, value]) => value !== undefined);
  if (first === undefined) return;
  const [option, value] = first;
  throw new QuireError('bad_option', `${option} is ${String(value)}`, hint, { option });
}
