// How the files of a model describe the pooling of embeddings.

import type { ModelConfig } from '../base/model/model-file.ts';
import type { PoolingMethod } from '../base/model/pooling.ts';
import type { JsonObject } from '../base/model/tokenizer-data.ts';
import { escapeControls } from '../base/printable.ts';
import { isJsonObject } from './json-object.ts';

/** What a config says about embeddings; empty if the model is not an embedding model. */
export type PoolingSettings = Pick<ModelConfig, 'pooling' | 'unsupportedPooling'>;

/** A module of `modules.json` of Sentence Transformers. */
export interface EmbeddingModule {
  /** name of its class */
  readonly type: string;
  /** folder of its config; empty for the folder of the model */
  readonly path: string;
}

/** Returns the modules of a modules.json; undefined if it is not a list of modules. */
export function readModules(json: unknown): readonly EmbeddingModule[] | undefined {
  if (!Array.isArray(json) || json.length > MAX_MODULES) return undefined;
  const modules = json.map((module: unknown) => {
    const { type, path } = isJsonObject(module) ? module : {};
    const className = typeof type === 'string' ? type.split('.').at(-1)! : '';
    return { type: className, path: typeof path === 'string' ? path : '' };
  });
  return modules.every(({ type, path }) => type !== '' && PATH.test(path)) ? modules : undefined;
}

const MAX_MODULES = 16;
const PATH = /^[\w-]{0,100}$/;

/**
 * Returns the pooling of a model with these modules.
 * @param config config.json of the module `Pooling`
 */
export function poolingOfModules(modules: readonly EmbeddingModule[], config: JsonObject): PoolingSettings {
  const types = modules.map(({ type }) => type);
  const unknown = types.find((type) => !KNOWN_MODULES.includes(type));
  if (unknown !== undefined) return { unsupportedPooling: `modules.json has the module ${shown(unknown)}` };
  if (!types.includes('Pooling')) return {};
  const method = methodOf(config);
  if (typeof method !== 'string') return { unsupportedPooling: `its pooling is ${method.other}` };
  return { pooling: { method, normalize: types.includes('Normalize') } };
}

const KNOWN_MODULES = ['Transformer', 'Pooling', 'Normalize'];

const FLAG = /^pooling_mode_(\w+?)(?:_tokens?)?$/;
const METHODS: ReadonlyMap<string, PoolingMethod> = new Map([
  ['lasttoken', 'last'],
  ['mean', 'mean'],
]);

// Older files have a flag for each method, of which several may be set; newer ones have the name.
function methodOf(config: JsonObject): PoolingMethod | { readonly other: string } {
  const named = typeof config.pooling_mode === 'string' ? [config.pooling_mode] : [];
  const flags = Object.entries(config).flatMap(([key, value]) => {
    const name = value === true ? FLAG.exec(key)?.[1] : undefined;
    return name === undefined ? [] : [name];
  });
  const names = named.length > 0 ? named : flags;
  const method = names.length === 1 ? METHODS.get(names[0]!) : undefined;
  return method ?? { other: names.length === 0 ? 'not stated' : shown(names.join(' and ')) };
}

const shown = (name: string): string => escapeControls(name.slice(0, 100));

const GGUF_METHODS: readonly (PoolingMethod | string | undefined)[] = [
  undefined,
  'mean',
  'cls',
  'last',
  'rank',
];

/** Returns the pooling of a GGUF with this `pooling_type`. llama.cpp normalizes all vectors. */
export function poolingOfType(type: number): PoolingSettings {
  const method = GGUF_METHODS[type];
  if (method === 'mean' || method === 'last') return { pooling: { method, normalize: true } };
  return type === 0 ? {} : { unsupportedPooling: `its pooling is ${method ?? `number ${type}`}` };
}
