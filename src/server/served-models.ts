// Which engine answers to a model's name. Requests before the model has loaded are told to ask again. One model answers to
// every name, because clients send names of their own (`gpt-4o`, `default`), and its answer says which it is; where there
// are several, another name is an error, because an answer by the wrong one is worse than none.

import { QuireError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineState } from './engine-state.ts';
import { parameterError } from './parameter-error.ts';

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

  /** @param name any where there is one model. Raises `model_not_found`, and what `all` raises. */
  find(name: string | undefined): ServedModel {
    return answering(this.all, name, this.#aliases);
  }

  /** The model that is called `name`. Raises as `find` does. */
  get(name: string): ServedModel {
    const found = this.all.find(({ id }) => id === name);
    if (found !== undefined) return found;
    if (!this.isName(name)) throw notFound(this.all, name);
    return this.find(name);
  }

  /** Whether `name` says which model is meant, if it says anything. */
  isName(name: string | undefined): boolean {
    return name === undefined || this.#aliases.includes(name) || this.all.some(({ id }) => id === name);
  }
}

/**
 * Which of `models` answers.
 * @param aliases further names of the first
 */
export function answering(
  models: readonly ServedModel[],
  name: string | undefined,
  aliases: readonly string[],
): ServedModel {
  const [first] = models;
  if (models.length === 1 || name === undefined || aliases.includes(name)) return first!;
  const found = models.find(({ id }) => id === name);
  if (found === undefined) throw notFound(models, name);
  return found;
}

function notFound(models: readonly ServedModel[], name: string): QuireError {
  const ids = models.map(({ id }) => id); // an alias may be a path, which is nobody's business
  const nearest = nearestName(name, ids);
  const hint =
    nearest === undefined
      ? `it serves ${ids.map((id) => JSON.stringify(id)).join(', ')}`
      : `did you mean ${JSON.stringify(nearest)}?`;
  const what = `this server has no model ${JSON.stringify(name.slice(0, 200))}`;
  return parameterError('model_not_found', 'model', what, hint);
}
