// Which engine answers to a model's name. Requests before the model has loaded are told to ask again; a name that is
// not served is an error, because an answer by another model than the one asked for is worse than none.

import { QuireError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineState } from './engine-state.ts';
import { ParameterError } from './parameter-error.ts';

export interface ServedModel {
  readonly id: string;
  readonly engine: Engine;
}

export class ServedModels {
  readonly #state: EngineState;
  readonly #aliases: readonly string[];

  /** @param aliases names besides the model's own, such as what it was started as */
  constructor(state: EngineState, aliases: readonly string[] = []) {
    this.#state = state;
    this.#aliases = aliases;
  }

  /** All that are served. Raises `model_loading`, or why loading failed. */
  get all(): readonly ServedModel[] {
    const { status } = this.#state;
    if (status.kind === 'failed') throw status.error;
    if (status.kind === 'ready') return [{ id: status.engine.info.model, engine: status.engine }];
    throw new QuireError('model_loading', 'the model is still loading', 'ask again in a moment');
  }

  /** @param name the only model when absent. Raises `model_not_found`, and what `all` raises. */
  find(name: string | undefined): ServedModel {
    const [model] = this.all;
    if (name === undefined || name === model!.id || this.#aliases.includes(name)) return model!;
    const { id } = model!; // an alias may be a path, which is nobody's business
    const hint = nearestName(name, [id]) === undefined ? `it serves "${id}"` : `did you mean "${id}"?`;
    const what = `this server has no model ${JSON.stringify(name.slice(0, 200))}`;
    throw new ParameterError('model_not_found', 'model', what, hint);
  }
}
