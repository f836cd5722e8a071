// Which backend does a model's arithmetic: the native one where it was built, else the reference.

import { QuireError } from '../base/errors.ts';
import { checkChoice } from '../base/option-names.ts';
import { BACKENDS, type Backend, type BackendName } from '../kernels/backend.ts';
import { nativeBackend, nativeUnavailable } from '../kernels/native/node/native-backend.ts';
import { referenceBackend } from '../kernels/reference/node/reference-backend.ts';
import type { Target } from '../program/lower.ts';
import { wholeOption } from './kv-size.ts';

export interface BackendOptions {
  /** `native` where it was built, else `reference`, the slow definition of every operation */
  readonly backend?: BackendName;
  /** threads of the native backend; as many as there are processors by default */
  readonly threads?: number;
  /** of the native backend: one that `instructionSets()` names; the best one, or what `QUIRE_ISA` says, by default */
  readonly instructionSet?: string;
  /**
   * of the reference alone: `float`, its default, is closest to the checkpoint; `int8` quantizes activations before
   * quantized weights, as the native backend always does
   */
  readonly activations?: Target['activations'];
}

/** Raises `bad_option`, and `backend_unavailable` where the one asked for cannot run. */
export function chooseBackend({ backend, threads, activations, instructionSet }: BackendOptions): Backend {
  if (backend !== undefined) checkChoice('backend', backend, BACKENDS);
  if (activations !== undefined) checkChoice('activations', activations, ['float', 'int8']);
  if (threads !== undefined) wholeOption('threads', threads, 1, 256);
  const name =
    backend ?? (activations === undefined && nativeUnavailable() === undefined ? 'native' : 'reference');
  if (name === 'reference') {
    const why = backend === undefined ? reasonForReference(activations) : '';
    if (threads !== undefined)
      throw new QuireError(
        'bad_option',
        `threads is ${threads}`,
        `${why}the reference backend has one thread`,
      );
    if (instructionSet !== undefined) {
      const hint = `${why}the reference backend has none to choose`;
      throw new QuireError('bad_option', `instructionSet is ${instructionSet}`, hint);
    }
    return referenceBackend({ activations: activations ?? 'float' });
  }
  if (activations === 'float')
    throw new QuireError(
      'bad_option',
      'activations is float',
      'the native backend quantizes them before quantized weights; the reference backend can keep them',
    );
  return nativeBackend({ threads, instructionSet });
}

function reasonForReference(activations: Target['activations'] | undefined): string {
  if (activations !== undefined) return 'activations asks for the reference backend, and ';
  return `${nativeUnavailable()}, and `;
}
