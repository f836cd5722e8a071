// The sampling defaults that a checkpoint recommends. They are untrusted: values that no request may use are ignored with
// one warning, so that requests to such a model still work.

import { QuireError } from '../base/errors.ts';
import type { GenerationDefaults } from '../base/model/model-file.ts';
import { usableDefaults } from '../sampler/parameters.ts';
import type { LoadedModel } from './load-model.ts';
import type { Warn } from './observers.ts';

/** Returns the valid defaults; warns with `bad_model_default` about the others. */
export function checkedDefaults({ reference, generation }: LoadedModel, warn: Warn): GenerationDefaults {
  const { usable, problems } = usableDefaults(generation);
  for (const problem of problems) {
    const what = `${reference} recommends an invalid sampling option: ${problem}`;
    warn(
      new QuireError('bad_model_default', what, 'the recommendation is ignored; requests can set the option'),
    );
  }
  return usable;
}
