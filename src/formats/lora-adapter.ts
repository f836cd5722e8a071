// A LoRA adapter where a model was asked for: small files that people download beside models, or instead of them.

import { QuireError } from '../base/errors.ts';

/** Of a PEFT folder. */
export const ADAPTER_CONFIG = 'adapter_config.json';

export function adapterError(source: string): QuireError {
  const hint = 'give its base model, or merge the two and give the result (merge_and_unload in PEFT)';
  return new QuireError('unsupported_config', `${source} is a LoRA adapter, not a model of its own`, hint);
}
