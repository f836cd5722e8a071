// Selects the backend: one that the caller created, one by name, or by default the native backend if it is built, else the
// reference.

import { QuireError } from '../../base/errors.ts';
import { checkChoice } from '../../base/option-names.ts';
import type { Backend } from '../../kernels/backend.ts';
import type { NamedBackend } from '../../kernels/named-backend.ts';
import { NATIVE, type NativeOptions } from '../../kernels/native/node/native-backend.ts';
import { REFERENCE, type ReferenceOptions } from '../../kernels/reference/node/reference-backend.ts';
import type { Target } from '../../program/lower.ts';

// Options of all named backends.
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
  /** for a backend by name: threads of the native backend; one for each processor by default */
  readonly threads?: number;
  /** for a backend by name: one of `instructionSets()`; by default `QUIRE_ISA`, or the best one */
  readonly instructionSet?: string;
  /**
   * for the reference backend by name: `float`, its default, is closest to the checkpoint; `int8` quantizes
   * activations before quantized weights, as the native backend always does
   */
  readonly activations?: Target['activations'];
}

/** Returns the backend. Throws `bad_option`, or `backend_unavailable` when the requested one cannot run. */
export function chooseBackend({ backend, threads, activations, instructionSet }: BackendOptions): Backend {
  const options = { threads, activations, instructionSet };
  if (typeof backend === 'object' && backend !== null) return checkedBackend(backend, options);
  if (backend !== undefined) checkChoice('backend', backend, BACKENDS);
  const { name, why } = backend === undefined ? defaultName(options) : { name: backend, why: '' };
  return createNamed(NAMED[name], options, why);
}

// The first backend that can run here, and why it is not the most preferred one.
function defaultName({ activations }: NamedOptions): { name: BackendName; why: string } {
  if (activations !== undefined)
    return { name: 'reference', why: 'activations selects the reference backend, and ' };
  const name = BACKENDS.find((one) => NAMED[one].unavailable() === undefined)!;
  const reason = NAMED[BACKENDS[0]!].unavailable();
  return { name, why: reason === undefined ? '' : `${reason}, and ` };
}

function createNamed(named: NamedBackend<NamedOptions>, options: NamedOptions, why: string): Backend {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const foreign = given.filter(([name]) => !named.options.some((own) => own === name));
  refuse(foreign, `${why}${named.limits}`);
  return named.create(Object.fromEntries(given));
}

function checkedBackend(backend: Backend, options: NamedOptions): Backend {
  const hint = 'a created backend has its own options: give them to its factory';
  refuse(Object.entries(options), hint);
  const { createExecutable, loadWeights } = backend;
  if (typeof createExecutable === 'function' && typeof loadWeights === 'function') return backend;
  throw new QuireError(
    'bad_option',
    'backend is not a backend',
    'pass the result of native() or reference(), or a name',
  );
}

function refuse(options: readonly (readonly [string, unknown])[], hint: string): void {
  const [first] = options.filter(([, value]) => value !== undefined);
  if (first === undefined) return;
  const [option, value] = first;
  throw new QuireError('bad_option', `${option} is ${String(value)}`, hint, { option });
}
