// What a checkpoint recommends for sampling is as hostile as the rest of it: what no request may ask for is left out, and
// named once, so that the requests of a model with a strange recommendation work.

import { QuireError } from '../base/errors.ts';
import type { GenerationDefaults } from '../base/model/model-file.ts';
import { usableDefaults } from '../sampler/parameters.ts';
import type { LoadedModel } from './load-model.ts';
import type { Warn } from './observers.ts';

/** The defaults that are in range; tells of the others by `bad_model_default`. */
export function checkedDefaults({ reference, generation }: LoadedModel, warn: Warn): GenerationDefaults {
  const { usable, problems } = usableDefaults(generation);
  for (const problem of problems) {
    const what = `${reference} recommends sampling that cannot be: ${problem}`;
    warn(new QuireError('bad_model_default', what, 'it is left out; requests may say what they want'));
  }
  return usable;
}
