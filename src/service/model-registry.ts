// The models of a service by name, each loading, ready, failed or unloaded. Requests select a model by name; the first model is
// the default. If there is a single model, it serves requests for any name, because clients send default names such as `gpt-4o`;
// the response contains the actual name. With several models an unknown name is an error, because an answer from the wrong model
// is worse than none.

import { asQuireError, QuireError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { TokenCompleter } from '../completion/completer.ts';
import { notLoadedError } from './model-errors.ts';
import { checkModelName, labelOf } from './model-names.ts';
import { adaptedModel, type LoadedCompleter, type ReadyModel, withAdapter } from './ready-model.ts';
import { waitUntilIdle } from './wait-until-idle.ts';

export type { LoadedCompleter, ReadyModel } from './ready-model.ts';

export interface NamedModel {
  /** name in requests; by default the last part of the reference, and once the model has loaded, the name that it reports */
  readonly name?: string | undefined;
  /** how the operator specified the model; requests may use it as a name too */
  readonly reference?: string | undefined;
}

/** A model that the service loads, and can load again. The service disposes it when it is unloaded or the service closes. */
export interface LoadableModel extends NamedModel {
  load(): Promise<LoadedCompleter>;
}

/** A model that the caller owns and disposes. */
export interface GivenModel extends NamedModel {
  readonly completer: TokenCompleter | Promise<TokenCompleter>;
}

export type ModelSource = LoadableModel | GivenModel;

export type ModelState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly completer: LoadedCompleter }
  | { readonly kind: 'failed'; readonly error: QuireError }
  /** running requests may end; new requests are rejected */
  | { readonly kind: 'unloading' }
  | { readonly kind: 'unloaded' };

/** A model, or a ready model with an adapter. */
export interface ListedModel {
  readonly name: string;
  readonly state: ModelState;
  /** with an adapter: the name of the model */
  readonly parent?: string;
}

/** Called when a model becomes ready; the returned function is called when that model is unloaded. */
export type ReadyListener = (model: ReadyModel) => () => void;

class Slot {
  readonly source: ModelSource;
  /** name until the model reports one */
  readonly label: string;
  /** name that the model reported when it was first loaded */
  reportedName: string | undefined;
  state: ModelState = { kind: 'unloaded' };
  /** settles when loading or unloading has ended; never rejects */
  transition: Promise<void> = Promise.resolve();
  onUnload: readonly (() => void)[] = [];

  constructor(source: ModelSource, label: string) {
    this.source = source;
    this.label = label;
  }
}

interface SelectedModel {
  readonly slot: Slot;
  readonly adapter?: string;
}

export class ModelRegistry {
  readonly #slots: readonly Slot[];
  readonly #listeners: ReadyListener[] = [];
  #closed = false;

  /**
   * Loads nothing yet. Throws `bad_option` for an empty list, an invalid name and a repeated name.
   * @param sources the first is the default
   */
  constructor(sources: readonly ModelSource[]) {
    if (sources.length === 0)
      throw new QuireError('bad_option', 'the list of models is empty', 'specify at least one model');
    const names = sources.flatMap(({ name }) => (name === undefined ? [] : [name]));
    for (const name of names) checkModelName(name);
    const duplicate = names.find((name, i) => names.indexOf(name) !== i);
    if (duplicate !== undefined)
      throw new QuireError(
        'bad_option',
        `two models are called ${duplicate}`,
        'give each model a distinct name',
      );
    this.#slots = createSlots(sources);
    // A rejected completer is reported when `loadAll` reaches it; until then this handler prevents an unhandled rejection.
    for (const source of sources)
      if ('completer' in source) Promise.resolve(source.completer).catch(() => undefined);
  }

  /** Loads all models, one after another, so that each can measure the remaining memory. Never rejects. */
  async loadAll(): Promise<void> {
    const loads = this.#slots.map((slot) => this.#beginLoading(slot));
    for (const load of loads) await load();
  }

  /** All models, the default first. */
  get all(): readonly ListedModel[] {
    return this.#slots.map((slot) => ({ name: this.#nameOf(slot), state: slot.state }));
  }

  get ready(): readonly ReadyModel[] {
    return this.#slots.flatMap((slot) => {
      const { state } = slot;
      return state.kind === 'ready' ? [{ name: this.#nameOf(slot), completer: state.completer }] : [];
    });
  }

  /** Calls `listener` for each model that is ready or becomes ready later. */
  onReady(listener: ReadyListener): void {
    this.#listeners.push(listener);
    for (const slot of this.#slots) {
      const { state } = slot;
      if (state.kind === 'ready')
        slot.onUnload = [
          ...slot.onUnload,
          listener({ name: this.#nameOf(slot), completer: state.completer }),
        ];
    }
  }

  /**
   * Returns the model for `name`, the default model when absent. `MODEL:ADAPTER` is a model with an adapter. Throws
   * `model_not_found`, `adapter_not_found`, `model_loading`, `model_unloaded` and `model_failed`.
   */
  find(name?: string): ReadyModel {
    const { slot, adapter } = this.#select(name);
    const modelName = this.#nameOf(slot);
    const { state } = slot;
    switch (state.kind) {
      case 'ready': {
        const model = { name: modelName, completer: state.completer };
        return adapter === undefined ? model : adaptedModel(model, adapter);
      }
      case 'failed':
        throw new QuireError(
          'model_failed',
          `the model ${modelName} could not be loaded (${state.error.code}: ${state.error.message})`,
          state.error.hint,
          { cause: state.error },
        );
      case 'loading':
        throw new QuireError(
          'model_loading',
          `the model ${modelName} is still loading`,
          'try again in a moment',
        );
      default:
        throw notLoadedError(modelName);
    }
  }

  /** Returns the model called `name`, ready or not. Throws `model_not_found` for other names, even if there is a single model. */
  named(name: string): { readonly name: string; readonly state: ModelState } {
    const slot = this.#findSlot(name);
    if (slot === undefined) throw this.#notFound(name);
    return { name: this.#nameOf(slot), state: slot.state };
  }

  /** As `named`, but also for a loaded model with an adapter. Throws `model_not_found` and `adapter_not_found`. */
  listed(name: string): ListedModel {
    const found = this.#findNamed(name);
    if (found?.adapter === undefined) return this.named(name);
    const parent = this.#nameOf(found.slot);
    const { name: listedName } = this.find(`${parent}:${found.adapter}`);
    if (listedName === parent) return this.named(parent); // its default adapter
    return { name: listedName, state: found.slot.state, parent };
  }

  /** The ready models with each of their adapters, except the default adapter, which the model itself has. */
  get adapted(): readonly ListedModel[] {
    return this.ready.flatMap(({ name: parent, completer }) =>
      (completer.adapters ?? [])
        .filter(({ name }) => name !== completer.defaultAdapter)
        .map(({ name }) => ({ name: `${parent}:${name}`, state: { kind: 'ready', completer }, parent })),
    );
  }

  /** As `find`, but waits for a model that is loading. */
  async whenReady(name?: string): Promise<ReadyModel> {
    const { slot } = this.#select(name);
    if (slot.state.kind === 'loading') await slot.transition;
    return this.find(name);
  }

  /**
   * Returns the name of the model that a conversation uses: `name`, or the default model if there is no model of that name; with an
   * adapter, which its options name, `MODEL:ADAPTER`. Throws the errors of `find` and `withAdapter` only if there is an adapter.
   */
  nameFor(name: string | undefined, adapter?: string): string {
    const found = name === undefined ? undefined : this.#findAdapted(name);
    const base = this.#nameOf(found?.slot ?? this.#slots[0]!);
    const modelName = found?.adapter === undefined ? base : `${base}:${found.adapter}`;
    return adapter === undefined ? modelName : withAdapter(this.find(modelName), adapter).name;
  }

  /** Whether `name` is absent or the name of a model. */
  isName(name: string | undefined): boolean {
    return name === undefined || this.#findAdapted(name) !== undefined;
  }

  /** Loads a model that was unloaded or has failed. Throws `model_not_found`, and `model_failed` if loading fails. */
  async load(name: string): Promise<ReadyModel> {
    const slot = this.#selectSlot(name);
    if (slot.state.kind === 'unloading') await slot.transition;
    if (slot.state.kind === 'unloaded' || slot.state.kind === 'failed') {
      await this.#beginLoading(slot)();
    } else if (slot.state.kind === 'loading') await slot.transition;
    return this.find(name);
  }

  /**
   * Lets the running requests of a model end within `graceMs`, cancels the others, and frees the memory of the model, which can
   * be loaded again. Throws `model_not_found`, and `model_loading` while the model is loading.
   */
  async unload(name: string, graceMs: number): Promise<void> {
    const slot = this.#selectSlot(name);
    if (slot.state.kind === 'loading') this.find(name);
    if (slot.state.kind === 'ready') slot.transition = this.#unload(slot, slot.state.completer, graceMs);
    await slot.transition;
    if (slot.state.kind === 'failed') slot.state = { kind: 'unloaded' };
  }

  /** Unloads all models at once. Models that are still loading are disposed when they have loaded. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      this.#slots.map(async (slot) => {
        if (slot.state.kind === 'loading') return; // may take long, so #load disposes this model
        if (slot.state.kind === 'ready') slot.transition = this.#unload(slot, slot.state.completer, 0);
        await slot.transition;
      }),
    );
  }

  // Sets the state to loading, and returns the function that loads.
  #beginLoading(slot: Slot): () => Promise<void> {
    slot.state = { kind: 'loading' };
    const { promise, resolve } = deferred();
    slot.transition = promise;
    return async () => {
      await this.#load(slot);
      resolve();
    };
  }

  async #load(slot: Slot): Promise<void> {
    if (this.#closed) {
      slot.state = { kind: 'unloaded' };
      return;
    }
    try {
      const { source } = slot;
      const completer = await ('load' in source ? source.load() : source.completer);
      if (this.#closed) {
        slot.state = { kind: 'unloaded' };
        return await disposeLoaded(slot, completer);
      }
      slot.reportedName = completer.info.model;
      slot.state = { kind: 'ready', completer };
      const model = { name: this.#nameOf(slot), completer };
      slot.onUnload = this.#listeners.map((listener) => listener(model));
    } catch (error) {
      slot.state = { kind: 'failed', error: asQuireError(error) };
    }
  }

  async #unload(slot: Slot, completer: LoadedCompleter, graceMs: number): Promise<void> {
    slot.state = { kind: 'unloading' };
    try {
      await waitUntilIdle(completer.monitor, graceMs);
      for (const callback of slot.onUnload) callback();
      slot.onUnload = [];
      await disposeLoaded(slot, completer);
      slot.state = { kind: 'unloaded' };
    } catch (error) {
      slot.state = { kind: 'failed', error: asQuireError(error) };
    }
  }

  #selectSlot(name: string | undefined): Slot {
    const [first] = this.#slots;
    if (name === undefined || this.#slots.length === 1) return first!;
    const foundSlot = this.#findSlot(name);
    if (foundSlot !== undefined) return foundSlot;
    throw this.#notFound(name);
  }

  #select(name: string | undefined): SelectedModel {
    return (name === undefined ? undefined : this.#findAdapted(name)) ?? { slot: this.#selectSlot(name) };
  }

  // Returns the model whose name is `name` or its longest part before a colon; the rest is the name of an adapter.
  #findNamed(name: string): SelectedModel | undefined {
    for (let end = name.length; end > 0; end = name.lastIndexOf(':', end - 1)) {
      const slot = this.#findSlot(name.slice(0, end));
      if (slot !== undefined) return end === name.length ? { slot } : { slot, adapter: name.slice(end + 1) };
    }
    return undefined;
  }

  // A single model may have any name before the name of an adapter.
  #findAdapted(name: string): SelectedModel | undefined {
    const named = this.#findNamed(name);
    if (named !== undefined) return named;
    const adapter = name.slice(name.lastIndexOf(':') + 1);
    const slot = this.#slots[0]!;
    const isAdapter =
      this.#slots.length === 1 &&
      adapter !== name &&
      slot.state.kind === 'ready' &&
      slot.state.completer.adapters?.some((loaded) => loaded.name === adapter) === true;
    return isAdapter ? { slot, adapter } : undefined;
  }

  #notFound(name: string): QuireError {
    const names = this.#slots.map((slot) => this.#nameOf(slot));
    const nearest = nearestName(name, names);
    const available = `available models are ${names.map((known) => JSON.stringify(known)).join(', ')}`;
    const hint = nearest === undefined ? available : `did you mean ${JSON.stringify(nearest)}? ${available}`;
    const message = `this server has no model ${JSON.stringify(name.slice(0, 200))}`;
    return new QuireError('model_not_found', message, hint, { option: 'model' });
  }

  // The name of a model takes precedence over the reference of another model.
  #findSlot(name: string): Slot | undefined {
    return (
      this.#slots.find((slot) => name === this.#nameOf(slot)) ??
      this.#slots.find(
        ({ label, source: { reference } }) =>
          reference !== undefined && (name === label || name === reference),
      )
    );
  }

  // A model without a configured name is called by its reported name, unless another model has the same name.
  #nameOf(slot: Slot): string {
    const { reportedName, source, label } = slot;
    if (source.name !== undefined || reportedName === undefined) return source.name ?? label;
    const isTaken = this.#slots.some(
      (other) => other !== slot && (other.source.name ?? other.reportedName) === reportedName,
    );
    return isTaken ? label : reportedName;
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function disposeLoaded({ source }: Slot, completer: LoadedCompleter): Promise<void> {
  if ('load' in source) await completer[Symbol.asyncDispose]?.();
}

// Clients receive only the last part of a reference, because a path may be private.
function createSlots(sources: readonly ModelSource[]): readonly Slot[] {
  const labels = new Set<string>();
  return sources.map((source) => {
    const label = source.name ?? labelOf(source.reference ?? 'default');
    let uniqueLabel = label;
    for (let i = 2; labels.has(uniqueLabel); i++) uniqueLabel = `${label}-${i}`;
    labels.add(uniqueLabel);
    return new Slot(source, uniqueLabel);
  });
}
