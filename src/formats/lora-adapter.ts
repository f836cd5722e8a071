// The error for a LoRA adapter that is used as a model: users often download an adapter without its base model.

import { QuireError } from '../base/errors.ts';

/** Marks the folder of a PEFT adapter. */
export const ADAPTER_CONFIG = 'adapter_config.json';

export function adapterError(source: string): QuireError {
  const hint =
    'use its base model, or merge the adapter into it (merge_and_unload in PEFT) and use the result';
  return new QuireError('unsupported_config', `${source} is a LoRA adapter, not a complete model`, hint);
}
