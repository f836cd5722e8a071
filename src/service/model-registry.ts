// The models of a service by name, each loading, ready, failed or unloaded. Requests select a model by name; the first model is
// the default. A single model answers to every name, because clients send default names such as `gpt-4o`, and its response states
// the actual model. With several models an unknown name is an error, because an answer by the wrong model is worse than none.

import { asQuireError, QuireError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import { printable } from '../base/printable.ts';
import type { TokenCompleter } from '../completion/completer.ts';
import { whenIdle } from './when-idle.ts';

/** A completer whose memory can be freed. */
export type LoadedCompleter = TokenCompleter & Partial<AsyncDisposable>;

export interface NamedModel {
  /** name in requests; when absent, the name that the model reports, and before it has loaded the last part of its reference */
  readonly name?: string | undefined;
  /** how the operator specified the model; requests may use it as a name too */
  readonly reference?: string | undefined;
}

/** A model that the service loads, and disposes when it is unloaded or the service closes; it can be loaded again. */
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
  /** running requests may end; new ones are rejected */
  | { readonly kind: 'unloading' }
  | { readonly kind: 'unloaded' };

/** A loaded model. */
export interface ReadyModel {
  readonly name: string;
  readonly completer: LoadedCompleter;
}

/** Called when a model becomes ready; the returned function is called when it is unloaded. */
export type ReadyListener = (model: ReadyModel) => () => void;

const notLoaded = (name: string): QuireError =>
  new QuireError('model_unloaded', `the model ${name} is not loaded`, 'load it, or use another model');

/** Creates the error when it is needed: the stack of an error would keep the model in memory. */
export const notLoadedError = (name: string) => (): QuireError => notLoaded(name);

/** Replaces the engine's `disposed` error for a request whose model was unloaded before it started. */
export const asUnloadedError = (error: QuireError): QuireError =>
  error.code === 'disposed'
    ? new QuireError(
        'model_unloaded',
        'the model was unloaded before the request started',
        'load it, or use another model',
        {
          cause: error,
        },
      )
    : error;

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

const NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** Throws `bad_option` for a name that is not valid in requests. */
function checkModelName(name: string): void {
  if (NAME.test(name)) return;
  const what = `${printable(name.slice(0, 80))} is not a valid model name`;
  throw new QuireError('bad_option', what, 'use 1 to 64 letters, digits, dots, hyphens and underscores');
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
    if (sources.length === 0) throw new QuireError('bad_option', 'no model is given', 'give at least one');
    const names = sources.flatMap(({ name }) => (name === undefined ? [] : [name]));
    for (const name of names) checkModelName(name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined)
      throw new QuireError('bad_option', `two models are called ${twice}`, 'give each model a distinct name');
    this.#slots = withLabels(sources);
    // A completer that has already failed is reported when the load reaches it.
    for (const source of sources)
      if ('completer' in source) Promise.resolve(source.completer).catch(() => undefined);
  }

  /** Loads all models, one after another, so that each can measure the remaining memory. Never rejects. */
  async loadAll(): Promise<void> {
    const loads = this.#slots.map((slot) => this.#beginLoading(slot));
    for (const load of loads) await load();
  }

  /** All models, the default first. */
  get all(): readonly { readonly name: string; readonly state: ModelState }[] {
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
   * Returns the model for `name`, the default model when absent. Throws `model_not_found`, `model_loading`, `model_unloaded`
   * and `model_failed`.
   */
  find(name?: string): ReadyModel {
    const slot = this.#slotOf(name);
    const modelName = this.#nameOf(slot);
    const { state } = slot;
    switch (state.kind) {
      case 'ready':
        return { name: modelName, completer: state.completer };
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
        throw notLoaded(modelName);
    }
  }

  /** Returns the model called `name` in any state. Throws `model_not_found`, even for a single model. */
  named(name: string): { readonly name: string; readonly state: ModelState } {
    const slot = this.#slotCalled(name);
    if (slot === undefined) throw this.#notFound(name);
    return { name: this.#nameOf(slot), state: slot.state };
  }

  /** As `find`, but waits for a model that is loading. */
  async whenReady(name?: string): Promise<ReadyModel> {
    const slot = this.#slotOf(name);
    if (slot.state.kind === 'loading') await slot.transition;
    return this.find(name);
  }

  /** Returns the name of the model for a conversation: its own model, or the default if that no longer exists. */
  nameFor(name: string | undefined): string {
    const slot = name === undefined ? undefined : this.#slotCalled(name);
    return this.#nameOf(slot ?? this.#slots[0]!);
  }

  /** Whether `name` is absent or the name of a model. */
  isName(name: string | undefined): boolean {
    return name === undefined || this.#slotCalled(name) !== undefined;
  }

  /** Loads a model that was unloaded or failed. Throws `model_not_found` and the error of loading. */
  async load(name: string): Promise<ReadyModel> {
    const slot = this.#slotOf(name);
    if (slot.state.kind === 'unloading') await slot.transition;
    if (slot.state.kind === 'unloaded' || slot.state.kind === 'failed') {
      await this.#beginLoading(slot)();
    } else if (slot.state.kind === 'loading') await slot.transition;
    return this.find(name);
  }

  /**
   * Lets the running requests of a model end within `graceMs`, cancels the others, and frees its memory; it can be loaded
   * again. Throws `model_not_found`, and `model_loading` while it is loading.
   */
  async unload(name: string, graceMs: number): Promise<void> {
    const slot = this.#slotOf(name);
    if (slot.state.kind === 'loading') this.find(name);
    if (slot.state.kind === 'ready') slot.transition = this.#unload(slot, slot.state.completer, graceMs);
    await slot.transition;
    if (slot.state.kind === 'failed') slot.state = { kind: 'unloaded' };
  }

  /** Frees all memory. Models that are still loading are disposed when they have loaded. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      this.#slots.map(async (slot) => {
        if (slot.state.kind === 'loading') return; // loading may take any time
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
        return await disposeOf(slot, completer);
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
      await whenIdle(completer.monitor, graceMs);
      for (const callback of slot.onUnload) callback();
      slot.onUnload = [];
      await disposeOf(slot, completer);
      slot.state = { kind: 'unloaded' };
    } catch (error) {
      slot.state = { kind: 'failed', error: asQuireError(error) };
    }
  }

  #slotOf(name: string | undefined): Slot {
    const [first] = this.#slots;
    if (name === undefined || this.#slots.length === 1) return first!;
    const found = this.#slotCalled(name);
    if (found !== undefined) return found;
    throw this.#notFound(name);
  }

  #notFound(name: string): QuireError {
    const names = this.#slots.map((slot) => this.#nameOf(slot));
    const nearest = nearestName(name, names);
    const known = `available models are ${names.map((one) => JSON.stringify(one)).join(', ')}`;
    const hint = nearest === undefined ? known : `did you mean ${JSON.stringify(nearest)}? ${known}`;
    const what = `this server has no model ${JSON.stringify(name.slice(0, 200))}`;
    return new QuireError('model_not_found', what, hint, { option: 'model' });
  }

  // Names take precedence over references of other models.
  #slotCalled(name: string): Slot | undefined {
    return (
      this.#slots.find((slot) => name === this.#nameOf(slot)) ??
      this.#slots.find(
        ({ label, source: { reference } }) =>
          reference !== undefined && (name === label || name === reference),
      )
    );
  }

  // The reported name applies unless another model has it.
  #nameOf(slot: Slot): string {
    const { reportedName, source, label } = slot;
    if (source.name !== undefined || reportedName === undefined) return source.name ?? label;
    const taken = this.#slots.some(
      (other) => other !== slot && (other.source.name ?? other.reportedName) === reportedName,
    );
    return taken ? label : reportedName;
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function disposeOf({ source }: Slot, completer: LoadedCompleter): Promise<void> {
  if ('load' in source) await completer[Symbol.asyncDispose]?.();
}

// Clients see only the last part of a reference, because a path may be private.
function withLabels(sources: readonly ModelSource[]): readonly Slot[] {
  const taken = new Set<string>();
  return sources.map((source) => {
    const label = source.name ?? labelOf(source.reference ?? 'default');
    let free = label;
    for (let i = 2; taken.has(free); i++) free = `${label}-${i}`;
    taken.add(free);
    return new Slot(source, free);
  });
}

function labelOf(reference: string): string {
  if (reference.startsWith('hf:')) return reference.slice(3);
  const last = reference.split(/[\\/]/).findLast((part) => part !== '' && part !== '.') ?? reference;
  return last.replace(/\.gguf$/i, '');
}
