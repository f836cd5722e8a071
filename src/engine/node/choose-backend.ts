// Which backend does a model's arithmetic: one that the caller made, one by its name, or the native one where it was built
// and else the reference.

import { QuireError } from '../../base/errors.ts';
import { checkChoice } from '../../base/option-names.ts';
import type { Backend } from '../../kernels/backend.ts';
import { native, nativeUnavailable } from '../../kernels/native/node/native-backend.ts';
import { reference } from '../../kernels/reference/node/reference-backend.ts';
import type { Target } from '../../program/lower.ts';

export type BackendName = 'reference' | 'native';

export const BACKENDS: readonly BackendName[] = ['reference', 'native'];

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
export function chooseBackend(options: BackendOptions): Backend {
  const { backend, threads, activations, instructionSet } = options;
  if (typeof backend === 'object' && backend !== null) return made(backend, options);
  if (backend !== undefined) checkChoice('backend', backend, BACKENDS);
  const name =
    backend ?? (activations === undefined && nativeUnavailable() === undefined ? 'native' : 'reference');
  if (name === 'native') {
    const hint = 'the native backend quantizes them before quantized weights';
    refuse({ activations: activations === 'int8' ? undefined : activations }, hint);
    return native({ threads, instructionSet });
  }
  const why = backend === undefined ? reasonForReference(activations) : '';
  refuse({ threads, instructionSet }, `${why}the reference backend has one thread and no instruction sets`);
  return reference({ activations });
}

function made(backend: Backend, { threads, activations, instructionSet }: BackendOptions): Backend {
  const hint = 'a backend that is made has its own options: give them to its factory';
  refuse({ threads, activations, instructionSet }, hint);
  const { createExecutable, loadWeights } = backend;
  if (typeof createExecutable === 'function' && typeof loadWeights === 'function') return backend;
  throw new QuireError(
    'bad_option',
    'backend is no backend',
    'give what native() or reference() returns, or a name',
  );
}

function refuse(given: Readonly<Record<string, unknown>>, hint: string): void {
  const [first] = Object.entries(given).filter(([, value]) => value !== undefined);
  if (first === undefined) return;
  const [option, value] = first;
  throw new QuireError('bad_option', `${option} is ${String(value)}`, hint, { option });
}

function reasonForReference(activations: Target['activations'] | undefined): string {
  if (activations !== undefined) return 'activations asks for the reference backend, and ';
  return `${nativeUnavailable()}, and `;
}
