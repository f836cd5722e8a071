// Which backend does a model's arithmetic: one that the caller made, one by its name, or the native one where it was built
// and else the reference.

import { QuireError } from '../../base/errors.ts';
import { checkChoice } from '../../base/option-names.ts';
import type { Backend } from '../../kernels/backend.ts';
import type { NamedBackend } from '../../kernels/named-backend.ts';
import { NATIVE, type NativeOptions } from '../../kernels/native/node/native-backend.ts';
import { REFERENCE, type ReferenceOptions } from '../../kernels/reference/node/reference-backend.ts';
import type { Target } from '../../program/lower.ts';

// Of any backend by name.
type NamedOptions = NativeOptions & ReferenceOptions;

export type BackendName = 'native' | 'reference';

// The preferred one first.
const NAMED: Readonly<Record<BackendName, NamedBackend<NamedOptions>>> = {
  native: NATIVE,
  reference: REFERENCE,
};

export const BACKENDS = Object.keys(NAMED) as readonly BackendName[];

export interface BackendOptions {
  /**
   * what a factory made (`native({ threads: 4 })`, `reference()`), or its name; by default `native` where it was built, else
   * `reference`, the slow definition of every operation
   */
  readonly backend?: BackendName | Backend;
  /** of a backend by name: threads of the native one; as many as there are processors by default */
  readonly threads?: number;
  /** of a backend by name: one that `instructionSets()` names; the best one, or what `QUIRE_ISA` says, by default */
  readonly instructionSet?: string;
  /**
   * of a backend by name, and of the reference alone: `float`, its default, is closest to the checkpoint; `int8` quantizes
   * activations before quantized weights, as the native backend always does
   */
  readonly activations?: Target['activations'];
}

/** Raises `bad_option`, and `backend_unavailable` where the one asked for cannot run. */
export function chooseBackend({ backend, threads, activations, instructionSet }: BackendOptions): Backend {
  const options = { threads, activations, instructionSet };
  if (typeof backend === 'object' && backend !== null) return checkedBackend(backend, options);
  if (backend !== undefined) checkChoice('backend', backend, BACKENDS);
  const { name, why } = backend === undefined ? defaultName(options) : { name: backend, why: '' };
  return createNamed(NAMED[name], options, why);
}

// The preferred one that can run here, and why it is not the most preferred one.
function defaultName({ activations }: NamedOptions): { name: BackendName; why: string } {
  if (activations !== undefined)
    return { name: 'reference', why: 'activations asks for the reference backend, and ' };
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
  const hint = 'a backend that is made has its own options: give them to its factory';
  refuse(Object.entries(options), hint);
  const { createExecutable, loadWeights } = backend;
  if (typeof createExecutable === 'function' && typeof loadWeights === 'function') return backend;
  throw new QuireError(
    'bad_option',
    'backend is no backend',
    'give what native() or reference() returns, or a name',
  );
}

function refuse(options: readonly (readonly [string, unknown])[], hint: string): void {
  const [first] = options.filter(([, value]) => value !== undefined);
  if (first === undefined) return;
  const [option, value] = first;
  throw new QuireError('bad_option', `${option} is ${String(value)}`, hint, { option });
}
