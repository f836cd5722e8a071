// The models of a service by name, each loading, ready, failed or unloaded. Requests choose by name; the first model is the
// default. One model answers to every name, because clients send names of their own (`gpt-4o`, `default`), and its answer
// says which it is; where there are several, another name is an error, because an answer by the wrong one is worse than none.

import { asQuireError, QuireError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import { printable } from '../base/printable.ts';
import type { TokenCompleter } from '../completion/completer.ts';
import { whenIdle } from './when-idle.ts';

/** A completer whose memory can be given back. */
export type LoadedCompleter = TokenCompleter & Partial<AsyncDisposable>;

export interface NamedModel {
  /** what requests call it; where absent, what the model calls itself, and until it has loaded the last part of its reference */
  readonly name?: string | undefined;
  /** what it was asked for as, which names it too */
  readonly reference?: string | undefined;
}

/** A model that is loaded here, and disposed of with the service or when it is unloaded; it may be loaded again. */
export interface LoadableModel extends NamedModel {
  load(): Promise<LoadedCompleter>;
}

/** A model of the caller's, who disposes of it. */
export interface GivenModel extends NamedModel {
  readonly completer: TokenCompleter | Promise<TokenCompleter>;
}

export type ModelSource = LoadableModel | GivenModel;

export type ModelState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly completer: LoadedCompleter }
  | { readonly kind: 'failed'; readonly error: QuireError }
  /** its requests may end, and no more begin */
  | { readonly kind: 'unloading' }
  | { readonly kind: 'unloaded' };

/** A model that answers. */
export interface ReadyModel {
  readonly name: string;
  readonly completer: LoadedCompleter;
}

/** Told of a model that has become ready; what comes back is called when it is no longer. */
export type ReadyListener = (model: ReadyModel) => () => void;

const notLoaded = (name: string): QuireError =>
  new QuireError('model_unloaded', `the model ${name} is not loaded`, 'load it, or use another');

/** `notLoaded` of later: an error holds all that was at hand where it was made, the model too. */
export const sayingNotLoaded = (name: string) => (): QuireError => notLoaded(name);

/** What came of work for a model that was unloaded before it had begun there: the engine only says that it is gone. */
export const asUnloaded = (error: QuireError): QuireError =>
  error.code === 'disposed'
    ? new QuireError('model_unloaded', 'the model was unloaded meanwhile', 'load it, or use another', {
        cause: error,
      })
    : error;

class Slot {
  readonly source: ModelSource;
  /** what it is called until it says what it is called itself */
  readonly label: string;
  /** what it calls itself, from when it was first loaded */
  own: string | undefined;
  state: ModelState = { kind: 'unloaded' };
  /** settles with the state that loading or unloading ends in; never rejects */
  changing: Promise<void> = Promise.resolve();
  leave: readonly (() => void)[] = [];

  constructor(source: ModelSource, label: string) {
    this.source = source;
    this.label = label;
  }
}

const NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** Raises `bad_option` for a name that no request could say. */
function checkModelName(name: string): void {
  if (NAME.test(name)) return;
  const what = `${printable(name.slice(0, 80))} is no name of a model`;
  throw new QuireError('bad_option', what, 'it takes 1 to 64 letters, digits, dots, hyphens and underscores');
}

export class ModelRegistry {
  readonly #slots: readonly Slot[];
  readonly #listeners: ReadyListener[] = [];
  #closed = false;

  /**
   * Nothing is loaded yet. Raises `bad_option` for no model, a bad name, or a name that two have.
   * @param sources the first is the default
   */
  constructor(sources: readonly ModelSource[]) {
    if (sources.length === 0) throw new QuireError('bad_option', 'there is no model', 'give at least one');
    const names = sources.flatMap(({ name }) => (name === undefined ? [] : [name]));
    for (const name of names) checkModelName(name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined)
      throw new QuireError('bad_option', `two models are called ${twice}`, 'give each a name of its own');
    this.#slots = withLabels(sources);
    // One that has failed already is told of when its turn to load has come.
    for (const source of sources)
      if ('completer' in source) Promise.resolve(source.completer).catch(() => undefined);
  }

  /** Loads all, one after another, so that each finds the memory that those before it have left. Never rejects. */
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

  /** From now on, and for those that are ready. */
  onReady(listener: ReadyListener): void {
    this.#listeners.push(listener);
    for (const slot of this.#slots) {
      const { state } = slot;
      if (state.kind === 'ready')
        slot.leave = [...slot.leave, listener({ name: this.#nameOf(slot), completer: state.completer })];
    }
  }

  /**
   * The model that answers to `name`, the default where there is none. Raises `model_not_found`, `model_loading`,
   * `model_unloaded` and `model_failed`.
   */
  find(name?: string): ReadyModel {
    const slot = this.#slotOf(name);
    const called = this.#nameOf(slot);
    const { state } = slot;
    switch (state.kind) {
      case 'ready':
        return { name: called, completer: state.completer };
      case 'failed':
        throw new QuireError(
          'model_failed',
          `the model ${called} could not be loaded (${state.error.code}: ${state.error.message})`,
          state.error.hint,
          { cause: state.error },
        );
      case 'loading':
        throw new QuireError(
          'model_loading',
          `the model ${called} is still loading`,
          'ask again in a moment',
        );
      default:
        throw notLoaded(called);
    }
  }

  /** The model that is called `name`, in whichever state. Raises `model_not_found`, where there is one model alone too. */
  named(name: string): { readonly name: string; readonly state: ModelState } {
    const slot = this.#called(name);
    if (slot === undefined) throw this.#notFound(name);
    return { name: this.#nameOf(slot), state: slot.state };
  }

  /** As `find`, of a model that may still be loading. */
  async whenReady(name?: string): Promise<ReadyModel> {
    const slot = this.#slotOf(name);
    if (slot.state.kind === 'loading') await slot.changing;
    return this.find(name);
  }

  /** The name of the model that a conversation goes on with: its own, or the default where that is not here any more. */
  nameFor(name: string | undefined): string {
    const slot = name === undefined ? undefined : this.#called(name);
    return this.#nameOf(slot ?? this.#slots[0]!);
  }

  /** Whether `name` says which model is meant, if it says anything. */
  isName(name: string | undefined): boolean {
    return name === undefined || this.#called(name) !== undefined;
  }

  /** Loads a model that was unloaded, or failed. Raises `model_not_found`, and what loading fails by. */
  async load(name: string): Promise<ReadyModel> {
    const slot = this.#slotOf(name);
    if (slot.state.kind === 'unloading') await slot.changing;
    if (slot.state.kind === 'unloaded' || slot.state.kind === 'failed') {
      await this.#beginLoading(slot)();
    } else if (slot.state.kind === 'loading') await slot.changing;
    return this.find(name);
  }

  /**
   * Lets the model's requests end within `graceMs`, cuts what is left, and gives its memory back; it can be loaded again.
   * Raises `model_not_found`, and `model_loading` while it is loading.
   */
  async unload(name: string, graceMs: number): Promise<void> {
    const slot = this.#slotOf(name);
    if (slot.state.kind === 'loading') this.find(name);
    if (slot.state.kind === 'ready') slot.changing = this.#unload(slot, slot.state.completer, graceMs);
    await slot.changing;
    if (slot.state.kind === 'failed') slot.state = { kind: 'unloaded' };
  }

  /** Gives all memory back. What is still loading is disposed of when it has loaded. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      this.#slots.map(async (slot) => {
        if (slot.state.kind === 'loading') return; // nobody knows for how long
        if (slot.state.kind === 'ready') slot.changing = this.#unload(slot, slot.state.completer, 0);
        await slot.changing;
      }),
    );
  }

  // It is loading from now on; what comes back does it.
  #beginLoading(slot: Slot): () => Promise<void> {
    slot.state = { kind: 'loading' };
    const { promise, resolve } = deferred();
    slot.changing = promise;
    return async () => {
      await this.#loaded(slot);
      resolve();
    };
  }

  async #loaded(slot: Slot): Promise<void> {
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
      slot.own = completer.info.model;
      slot.state = { kind: 'ready', completer };
      const model = { name: this.#nameOf(slot), completer };
      slot.leave = this.#listeners.map((listener) => listener(model));
    } catch (error) {
      slot.state = { kind: 'failed', error: asQuireError(error) };
    }
  }

  async #unload(slot: Slot, completer: LoadedCompleter, graceMs: number): Promise<void> {
    slot.state = { kind: 'unloading' };
    try {
      await whenIdle(completer.monitor, graceMs);
      for (const leave of slot.leave) leave();
      slot.leave = [];
      await disposeOf(slot, completer);
      slot.state = { kind: 'unloaded' };
    } catch (error) {
      slot.state = { kind: 'failed', error: asQuireError(error) };
    }
  }

  #slotOf(name: string | undefined): Slot {
    const [first] = this.#slots;
    if (name === undefined || this.#slots.length === 1) return first!;
    const found = this.#called(name);
    if (found !== undefined) return found;
    throw this.#notFound(name);
  }

  #notFound(name: string): QuireError {
    const names = this.#slots.map((slot) => this.#nameOf(slot));
    const nearest = nearestName(name, names);
    const known = `it serves ${names.map((one) => JSON.stringify(one)).join(', ')}`;
    const hint = nearest === undefined ? known : `did you mean ${JSON.stringify(nearest)}? ${known}`;
    const what = `this server has no model ${JSON.stringify(name.slice(0, 200))}`;
    return new QuireError('model_not_found', what, hint, { option: 'model' });
  }

  // What a model is called comes before what another one was asked for as.
  #called(name: string): Slot | undefined {
    return (
      this.#slots.find((slot) => name === this.#nameOf(slot)) ??
      this.#slots.find(
        ({ label, source: { reference } }) =>
          reference !== undefined && (name === label || name === reference),
      )
    );
  }

  // What a model calls itself holds where no other one is called so.
  #nameOf(slot: Slot): string {
    const { own, source, label } = slot;
    if (source.name !== undefined || own === undefined) return source.name ?? label;
    const taken = this.#slots.some((other) => other !== slot && (other.source.name ?? other.own) === own);
    return taken ? label : own;
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

// A path is nobody's business but its owner's: of a reference only the last part is shown.
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
