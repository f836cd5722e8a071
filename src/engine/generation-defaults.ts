// Checks the sampling defaults that a model file recommends. A value that is invalid in requests is ignored with a warning, so that
// requests without this option still work.

import { QuireError } from '../base/errors.ts';
import type { GenerationDefaults } from '../base/model/model-file.ts';
import { usableDefaults } from '../sampler/parameters.ts';
import type { LoadedModel } from './load-model.ts';
import type { WarningHandler } from './observers.ts';

/** Returns the valid defaults. Reports a warning `bad_model_default` for each invalid default. */
export function validDefaults(
  { reference, generation }: LoadedModel,
  warn: WarningHandler,
): GenerationDefaults {
  const { usable, problems } = usableDefaults(generation);
  for (const problem of problems) {
    const message = `${reference} recommends an invalid sampling option: ${problem}`;
    warn(
      new QuireError(
        'bad_model_default',
        message,
        'the recommendation is ignored; requests can set the option',
      ),
    );
  }
  return usable;
}
