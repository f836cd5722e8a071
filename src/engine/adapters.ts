// The LoRA adapters of an engine. They are loaded and unloaded while it runs; requests name them. An adapter occupies a slot of the
// executable until it is unloaded and the last request that uses it has ended.

import { QuireError } from '../base/errors.ts';
import type { AdapterFile, AdapterTargets } from '../base/model/adapter-file.ts';
import type { ModelConfig } from '../base/model/model-file.ts';
import { checkString } from '../base/option-names.ts';
import { type AdapterInfo, adapterNotFoundError } from '../completion/adapters.ts';
import type { Executable, LoadedWeights } from '../kernels/backend.ts';
import { type LoraMatrices, loraTargetsOf } from '../program/lora.ts';
import type { Weight } from '../program/program.ts';
import type { CreateHash } from './engine-ports.ts';
import type { LoadedModel } from './load-model.ts';

/** An adapter that a request uses. */
export interface UsedAdapter {
  readonly slot: number;
  /** SHA-256 of its matrices as hexadecimal digits */
  readonly hash: string;
  /** Must be called when the request has ended. */
  readonly release: () => void;
  /** Returns the adapter for another request, even if it was unloaded. Must be called before `release`. */
  readonly share: () => UsedAdapter;
}

interface Entry {
  readonly info: AdapterInfo;
  readonly slot: number;
  readonly weights: LoadedWeights;
  users: number;
  isUnloaded: boolean;
}

const MAX_ADAPTERS = 4096;
const NAME = /^[^\s:/\\]{1,128}$/u;

/** The parts of a loaded model that adapters need. */
export type AdaptedModel = Pick<LoadedModel, 'backend' | 'weights' | 'program' | 'ports' | 'config'>;

export class Adapters {
  readonly #model: AdaptedModel;
  readonly #executable: Executable;
  readonly defaultName: string | undefined;
  readonly #loaded = new Map<string, Entry>();
  readonly #loading = new Set<string>();
  readonly #usedSlots = new Set<number>();

  /** @param defaultName name of the adapter of requests that name none */
  constructor(model: AdaptedModel, executable: Executable, defaultName?: string) {
    this.#model = model;
    this.#executable = executable;
    this.defaultName = defaultName;
  }

  get list(): readonly AdapterInfo[] {
    return [...this.#loaded.values()].map(({ info }) => info);
  }

  /**
   * Loads an adapter. Rejects with `bad_option` for an invalid name, `adapter_exists`, `bad_adapter`, or an error of the file or the
   * backend.
   */
  async load(name: string, path: string): Promise<AdapterInfo> {
    checkAdapterName(name);
    checkString('path', path);
    if (this.#loaded.has(name) || this.#loading.has(name)) throw adapterExistsError(name);
    this.#loading.add(name);
    const slot = this.#takeSlot();
    try {
      const entry = await this.#loadInto(slot, name, path);
      this.#loaded.set(name, entry);
      return entry.info;
    } catch (error) {
      this.#usedSlots.delete(slot);
      throw error;
    } finally {
      this.#loading.delete(name);
    }
  }

  /** Removes an adapter for later requests; those that run continue with it. Rejects with `adapter_not_found`, and for the default adapter with `bad_option`. */
  async unload(name: string): Promise<void> {
    const entry = this.#entry(name);
    if (name === this.defaultName) throw defaultAdapterError(name);
    this.#loaded.delete(name);
    entry.isUnloaded = true;
    if (entry.users === 0) await this.#free(entry);
  }

  /** Returns an adapter, by default the default adapter; undefined if there is none. Throws `adapter_not_found`. */
  use(name = this.defaultName): UsedAdapter | undefined {
    return name === undefined ? undefined : this.#use(this.#entry(name));
  }

  #use(entry: Entry): UsedAdapter {
    entry.users++;
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      entry.users--;
      // The step that computed the last token is complete, and no later plan contains the slot.
      if (entry.isUnloaded && entry.users === 0) this.#free(entry).catch(() => undefined); // the executable may be disposed
    };
    return { slot: entry.slot, hash: entry.info.hash, release, share: () => this.#use(entry) };
  }

  /** Frees the memory of all adapters, after the executable was disposed. */
  dispose(): void {
    for (const { weights } of this.#loaded.values()) weights.dispose();
    this.#loaded.clear();
  }

  #entry(name: string): Entry {
    const entry = this.#loaded.get(name);
    if (entry !== undefined) return entry;
    throw adapterNotFoundError(name, [...this.#loaded.keys()], { option: 'adapter' });
  }

  #takeSlot(): number {
    let slot = 0;
    while (this.#usedSlots.has(slot)) slot++;
    if (slot >= MAX_ADAPTERS)
      throw new QuireError('bad_option', `${MAX_ADAPTERS} adapters are loaded`, 'unload one first');
    this.#usedSlots.add(slot);
    return slot;
  }

  async #loadInto(slot: number, name: string, path: string): Promise<Entry> {
    const { backend, weights: modelWeights, program, ports, config } = this.#model;
    const targets = loraTargetsOf(program);
    const file = await ports.openAdapter(path, adapterTargets(config, targets));
    try {
      const matrices = matricesOf(file, targets);
      const tensors = new Map(
        [...file.modules.values()].flatMap(({ a, b }) => [a, b]).map((info) => [info.name, info]),
      );
      const source = {
        byteLength: (tensor: string) => tensors.get(tensor)!.byteLength,
        readInto: (tensor: string, target: Uint8Array, from?: number) => file.readInto(tensor, target, from),
      };
      const hash = await hashOf(ports.createHash, file);
      const weights = await backend.loadAdapter(
        modelWeights,
        matrices.flatMap(({ a, b }) => [a, b]),
        source,
      );
      try {
        await this.#executable.setAdapter(slot, { weights, matrices });
      } catch (error) {
        weights.dispose();
        throw error;
      }
      const rank = Math.max(...[...file.modules.values()].map(({ a }) => a.shape[0]!));
      const info = { name, path, rank, layers: file.modules.size, bytes: weights.bytes, hash };
      return { info, slot, weights, users: 0, isUnloaded: false };
    } finally {
      await file.close();
    }
  }

  async #free({ slot, weights }: Entry): Promise<void> {
    try {
      await this.#executable.setAdapter(slot, undefined);
    } finally {
      weights.dispose();
    }
    this.#usedSlots.delete(slot);
  }
}

/** Throws `bad_option` unless `name` can be the name of an adapter. */
function checkAdapterName(name: string): void {
  checkString('adapter', name);
  if (NAME.test(name)) return;
  throw new QuireError(
    'bad_option',
    `${JSON.stringify(name.slice(0, 200))} cannot be the name of an adapter`,
    'use a name of at most 128 characters without spaces, colons and slashes',
    { option: 'adapter' },
  );
}

/**
 * Returns the salt of a sequence: sequences with different adapters share no keys and values. No salt of a sequence without adapter
 * begins with the mark, so no request can take the keys and values of an adapter.
 */
export function adapterSalt(adapter: UsedAdapter | undefined, salt = ''): string {
  if (adapter === undefined) return salt.startsWith(MARK) ? MARK + salt : salt;
  return `${MARK}adapter ${adapter.hash} ${salt}`;
}

const MARK = '\0';

const moduleOf = ({ tensor }: Weight): string => tensor.slice(0, -'.weight'.length);

/** Returns what a model requires of an adapter. @param targets the weights of the linear layers of its program */
export const adapterTargets = (config: ModelConfig, targets: readonly Weight[]): AdapterTargets => ({
  architecture: config.architecture,
  shapeOf: (module) => shapeOf(targets, module),
  ropeLayout: config.rope?.layout,
  headDim: config.headDim,
});

// A tensor may be divided among several layers, such as Q, K and V of GPT-2.
function shapeOf(targets: readonly Weight[], module: string): readonly [number, number] | undefined {
  const slices = targets.filter((target) => moduleOf(target) === module);
  if (slices.length === 0) return undefined;
  return [Math.max(...slices.map(({ rowOffset, rows }) => rowOffset + rows)), slices[0]!.columns];
}

function matricesOf(file: AdapterFile, targets: readonly Weight[]): readonly LoraMatrices[] {
  return targets.flatMap((weight, target): LoraMatrices[] => {
    const module = file.modules.get(moduleOf(weight));
    if (module === undefined) return [];
    const { a, b, scale } = module;
    const rank = a.shape[0]!;
    const whole = { kind: 'matrix' as const, rowOffset: 0 };
    return [
      {
        target,
        a: { ...whole, tensor: a.name, dtype: a.dtype, rows: rank, columns: weight.columns },
        b: {
          ...whole,
          tensor: b.name,
          dtype: b.dtype,
          rowOffset: weight.rowOffset,
          rows: weight.rows,
          columns: rank,
        },
        scale,
      },
    ];
  });
}

const HASH_PART_BYTES = 2 ** 20;

async function hashOf(createHash: CreateHash, file: AdapterFile): Promise<string> {
  const hash = createHash();
  for (const [module, { a, b, scale }] of [...file.modules].sort(([x], [y]) => (x < y ? -1 : 1))) {
    hash.update(`${JSON.stringify([module, a.dtype, a.shape, b.dtype, b.shape, scale])}\n`);
    for (const { name, byteLength, shape } of [a, b]) {
      const rowBytes = byteLength / shape[0]!;
      const partBytes = Math.max(1, Math.floor(HASH_PART_BYTES / rowBytes)) * rowBytes;
      for (let from = 0; from < byteLength; from += partBytes) {
        const part = new Uint8Array(Math.min(partBytes, byteLength - from));
        await file.readInto(name, part, from);
        hash.update(part);
      }
    }
  }
  return hash.digest();
}

const adapterExistsError = (name: string): QuireError =>
  new QuireError(
    'adapter_exists',
    `there is already an adapter ${JSON.stringify(name)}`,
    'unload it first, or use another name',
  );

// Requests that name no adapter must not be answered without one from then on.
const defaultAdapterError = (name: string): QuireError =>
  new QuireError(
    'bad_option',
    `${JSON.stringify(name)} is the default adapter, which requests without an adapter use`,
    'to use the model without it too, load the base model and give it this adapter with --adapter',
  );
