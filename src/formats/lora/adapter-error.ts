// Errors of LoRA adapters.

import { QuireError } from '../../base/errors.ts';

/** Marks the folder of a PEFT adapter. */
export const ADAPTER_CONFIG = 'adapter_config.json';

/**
 * The error for an adapter that is used as a model: users often download an adapter without its base model.
 * @param baseModel as the adapter names it
 */
export function adapterError(source: string, baseModel?: unknown): QuireError {
  const base = typeof baseModel === 'string' && baseModel !== '' ? ` ${baseModel.slice(0, 200)}` : '';
  const hint = `load its base model${base}, and give this adapter with --adapter NAME=PATH (option adapters)`;
  return new QuireError('unsupported_config', `${source} is a LoRA adapter, not a complete model`, hint);
}

/** The error for an adapter that is damaged or that Quire does not support. */
export const badAdapter = (
  source: string,
  message: string,
  hint = 'use a plain LoRA adapter, as PEFT or convert_lora_to_gguf.py of llama.cpp save it',
): QuireError => new QuireError('bad_adapter', `${source}: ${message}`, hint);
