// Selects the backend: one that the caller created, one by name, or by default the native backend if it is built, else the
// reference.

import { QuireError } from '../../base/errors.ts';
import { checkChoice } from '../../base/option-names.ts';
import type { Backend } from '../../kernels/backend.ts';
import type { NamedBackend } from '../../kernels/named-backend.ts';
import { NATIVE, type NativeOptions } from '../../kernels/native/node/native-backend.ts';
import { REFERENCE, type ReferenceOptions } from '../../kernels/reference/node/reference-backend.ts';
import type { Target } from '../../program/lower.ts';

// The options of all backends that can be selected by name.
type NamedOptions = NativeOptions & ReferenceOptions;

export type BackendName = 'native' | 'reference';

// In order of preference.
const NAMED: Readonly<Record<BackendName, NamedBackend<NamedOptions>>> = {
  native: NATIVE,
  reference: REFERENCE,
};

export const BACKENDS = Object.keys(NAMED) as readonly BackendName[];

export interface BackendOptions {
  /**
   * a backend from a factory (`native({ threads: 4 })`, `reference()`), or a name; by default `native` if it is built, else
   * `reference`, the slow definition of every operation
   */
  readonly backend?: BackendName | Backend;
  /** only if `backend` is not an object: threads of the native backend; one for each processor by default */
  readonly threads?: number;
  /** only if `backend` is not an object: one of `instructionSets()`; by default `QUIRE_ISA`, or the best one */
  readonly instructionSet?: string;
  /**
   * only for the reference backend, if `backend` is not an object: `float`, its default, is closest to the checkpoint;
   * `int8` quantizes activations before quantized weights, as the native backend always does
   */
  readonly activations?: Target['activations'];
}

/** Returns the backend. Throws `bad_option`, or `backend_unavailable` when the requested one cannot run. */
export function chooseBackend({ backend, threads, activations, instructionSet }: BackendOptions): Backend {
  const options = { threads, activations, instructionSet };
  if (typeof backend === 'object' && backend !== null) return checkedBackend(backend, options);
  if (backend !== undefined) checkChoice('backend', backend, BACKENDS);
  const { name, reason } = backend === undefined ? defaultName(options) : { name: backend, reason: '' };
  return createNamed(NAMED[name], options, reason);
}

// The first backend that can run here, and the reason that it is not the most preferred one.
function defaultName({ activations }: NamedOptions): { name: BackendName; reason: string } {
  if (activations !== undefined)
    return { name: 'reference', reason: 'activations selects the reference backend, and ' };
  const name = BACKENDS.find((one) => NAMED[one].unavailable() === undefined)!;
  const unavailable = NAMED[BACKENDS[0]!].unavailable();
  return { name, reason: unavailable === undefined ? '' : `${unavailable}, and ` };
}

function createNamed(named: NamedBackend<NamedOptions>, options: NamedOptions, reason: string): Backend {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const unsupported = given.filter(([name]) => !named.options.some((own) => own === name));
  rejectGiven(unsupported, `${reason}${named.limits}`);
  return named.create(Object.fromEntries(given));
}

function checkedBackend(backend: Backend, options: NamedOptions): Backend {
  const hint = 'pass the options of a created backend to its factory';
  rejectGiven(Object.entries(options), hint);
  const { createExecutable, loadWeights } = backend;
  if (typeof createExecutable === 'function' && typeof loadWeights === 'function') return backend;
  throw new QuireError(
    'bad_option',
    'backend is neither a name nor a backend object',
    'pass the result of native() or reference(), or a name',
  );
}

function rejectGiven(options: readonly (readonly [string, unknown])[], hint: string): void {
  const [first] = options.filter(([, value]) => value !== undefined);
  if (first === undefined) return;
  const [option, value] = first;
  throw new QuireError('bad_option', `${option} is ${String(value)}`, hint, { option });
}
