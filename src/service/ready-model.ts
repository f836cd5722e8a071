// A model that can answer, and the same model with an adapter, which is called `MODEL:ADAPTER`.

import {
  AdaptedCompleter,
  type AdapterHost,
  adapterNotFoundError,
  otherAdapterError,
} from '../completion/adapters.ts';
import type { TokenCompleter } from '../completion/completer.ts';
import type { Embedder } from '../completion/embedder.ts';

/** A completer whose memory can be freed, and that may load adapters and compute embeddings. */
export type LoadedCompleter = TokenCompleter & Partial<AsyncDisposable & AdapterHost & Embedder>;

/** A loaded model, or one with an adapter, which is called `MODEL:ADAPTER`. */
export interface ReadyModel {
  readonly name: string;
  readonly completer: LoadedCompleter;
}

/** Returns a model with an adapter. Throws `adapter_not_found`. @param option name of the request's field, for the error */
export function adaptedModel({ name, completer }: ReadyModel, adapter: string, option = 'model'): ReadyModel {
  if (adapter === completer.defaultAdapter) return { name, completer };
  const names = (completer.adapters ?? []).map((loaded) => loaded.name);
  if (!names.includes(adapter)) throw adapterNotFoundError(adapter, names, { option, model: name });
  return { name: `${name}:${adapter}`, completer: new AdaptedCompleter(completer, adapter) };
}

/**
 * Returns the model with the adapter that a request names besides the model. Throws `adapter_not_found`, and `bad_option` if the
 * name of the model selects another adapter.
 */
export function withAdapter(model: ReadyModel, adapter: string | undefined): ReadyModel {
  const { completer } = model;
  if (adapter === undefined) return model;
  if (!(completer instanceof AdaptedCompleter)) return adaptedModel(model, adapter, 'adapter');
  if (completer.adapter !== adapter) throw otherAdapterError(completer.adapter, adapter);
  return model;
}
