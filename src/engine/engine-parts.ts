// Assembles the parts of an engine: KV memory, executable, cache, scheduler and step loop.

import { QuireError } from '../base/errors.ts';
import type { KvDtype } from '../base/model/kv-layout.ts';
import type { PoolingMethod } from '../base/model/pooling.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import { checkChoice, checkInteger, checkString } from '../base/option-names.ts';
import type { EmbeddingInfo } from '../completion/embedder.ts';
import type { KvMemoryUsage } from '../completion/model-info.ts';
import type { Executable } from '../kernels/backend.ts';
import type { CachePolicy } from '../kv/cache-policy.ts';
import { CACHE_POLICIES } from '../kv/cache-policy.ts';
import { createCache } from '../kv/create-cache.ts';
import { EventRing } from '../kv/event-ring.ts';
import type { KvCache } from '../kv/kv-cache.ts';
import { addLoraTargets } from '../program/lora.ts';
import { emitTape } from '../program/tape.ts';
import { addVectorRows } from '../program/vectors.ts';
import { countWork, type Work } from '../program/work.ts';
import { rankFunctionOf, SCHEDULING_POLICIES, type SchedulingPolicy } from '../scheduler/policies.ts';
import { Scheduler, type SchedulerLimits } from '../scheduler/scheduler.ts';
import { Adapters } from './adapters.ts';
import { embeddingInfo } from './embedding.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { OpenKvDisk } from './kv-disk-port.ts';
import { type KvDiskSizeOptions, kvDiskSize } from './kv-disk-size.ts';
import { type KvSizeOptions, kvMemoryUsage, kvSize } from './kv-size.ts';
import type { LoadedModel } from './load-model.ts';
import { freeKvBytes } from './memory-fit.ts';
import { guardCallback, guardWarnings, type WarningHandler } from './observers.ts';
import { StepLoop, type StepObserver } from './step-loop.ts';
import { checkStepTokens } from './step-tokens.ts';
import { DECODE_STEP_MS, EFFICIENT_PROMPT, PROMPT_STEP_MS, TokenBudget } from './token-budget.ts';

export interface EngineOptions extends KvSizeOptions, KvDiskSizeOptions {
  /** maximum number of sequences in a step, 32 by default */
  readonly maxRunning?: number;
  /** maximum number of waiting requests, 1,024 by default; further requests are rejected with `busy` */
  readonly maxWaiting?: number;
  /** order of waiting requests: `first-come` (the default) or `priority`; a priority increases with the waiting time */
  readonly scheduling?: SchedulingPolicy;
  /** maximum number of draft tokens per step, which prompt lookup guesses and the step verifies; 0, the default, disables drafts */
  readonly draftTokens?: number;
  /** called when the engine continues without a requested feature, for example because the disk is full */
  readonly onWarning?: (warning: QuireError) => void;
  /** called after each step with its logits; for the laboratory and tests, too slow for serving */
  readonly onStep?: StepObserver;
  /** paths of LoRA adapters by name: folders of PEFT, or GGUF files; requests select one with `adapter` */
  readonly adapters?: Readonly<Record<string, string>>;
  /** name of the adapter, one of `adapters`, of requests that name none; it cannot be unloaded, and the model is then called MODEL:ADAPTER */
  readonly defaultAdapter?: string;
  /**
   * how `embed` makes one vector of those of the tokens: `last` or `mean`; by default as the files of the model say. Without either,
   * `embed` rejects.
   */
  readonly pooling?: PoolingMethod;
}

export interface EngineInfo {
  readonly model: string;
  readonly architecture: string;
  readonly parameters: number;
  /** in tokens */
  readonly contextLength: number;
  readonly backend: string;
  readonly cache: CachePolicy;
  /** bytes of KV memory */
  readonly kvBytes: number;
  readonly kvDtype: KvDtype;
  readonly scheduling: SchedulingPolicy;
  /** maximum number of bytes of keys and values on disk; `engine.counters.disk` reports the state of the disk */
  readonly kvDiskBytes: number;
  /** bytes of the stored weights */
  readonly weightBytes: number;
  /** identifies everything that affects the bits of keys and values */
  readonly fingerprint: string;
  /** what the bits depend on besides the backend: an instruction set, or the version of the JavaScript engine */
  readonly numerics: string;
  /** maximum number of sequences in a step */
  readonly maxRunning: number;
  /** maximum number of waiting requests */
  readonly maxWaiting: number;
  /** operations and bytes of a step */
  readonly work: Work;
  /** absent if the model computes no embeddings */
  readonly embedding?: EmbeddingInfo;
}

export interface EngineParts {
  readonly info: EngineInfo;
  readonly executable: Executable;
  readonly scheduler: Scheduler;
  readonly events: EventRing;
  readonly loop: StepLoop;
  readonly kvUsage: () => KvMemoryUsage;
  /** undefined if `kvDisk` is 0 */
  readonly disk: OpenKvDisk | undefined;
  /** Offloads the blocks that are only in memory, which takes a few seconds at most, and releases the folder. */
  readonly closeDisk: () => Promise<void>;
  readonly adapters: Adapters;
  /** Passes a warning to `onWarning`. Never throws. */
  readonly warn: WarningHandler;
}

export const DEFAULT_MAX_RUNNING = 32;
const MAX_WAITING = 1024;
const MAX_DRAFT_ROWS = 64; // limits the memory for logits: each row is as long as the vocabulary

/**
 * Creates the parts of an engine. Rejects with `kv_memory_too_small`, `out_of_memory` or `bad_option`.
 * @param freeBytes bytes from which the default size of KV memory is derived
 */
export async function createEngineParts(
  model: LoadedModel,
  options: EngineOptions,
  freeBytes = model.ports.freeMemory(),
): Promise<EngineParts> {
  checkDefaultAdapter(options);
  const policy = options.cache ?? 'paged';
  checkChoice('cache', policy, CACHE_POLICIES);
  const sizes = { kvDtype: model.backend.kvDtype, ...options };
  const free = freeKvBytes(model.backend, model.weights.bytes, freeBytes);
  const { layout, blocks, bytes, contextLength } = kvSize(model.config, model.program, sizes, free);
  const diskBytes = kvDiskSize(options, policy, layout, model.ports.kvDisk);
  const stepTokens = checkStepTokens(options, contextLength);
  const events = new EventRing();
  const limits = { ...schedulerLimits(options, stepTokens), events };
  const embedding = embeddingInfo(model.config, options.pooling, contextLength);
  const program = addLoraTargets(embedding === undefined ? model.program : addVectorRows(model.program));
  const tape = emitTape(program, { tokens: stepTokens, rows: limits.maxRows }, contextLength);
  const { weights, backend, ports } = model;
  const executable = await backend.createExecutable({ tape, weights, layout, blocks, contextLength });
  const { blockSize } = layout;
  const { maxRunning } = limits;
  const fingerprint = fingerprintOf(ports.createHash, model.hash, backend, { layout, ropes: tape.ropes });
  const warn = guardWarnings(options.onWarning);
  const target = { folder: options.kvDiskFolder, limitBytes: diskBytes, onWarning: warn };
  const memory = { layout, blocks, fingerprint, executable };
  const disk = diskBytes === 0 ? undefined : await ports.kvDisk?.open({ ...target, ...memory });
  const groups = layout.groups.map(({ keeps }, group) => ({
    retention: keeps,
    blocks: blocks[group]!,
    store: disk?.stores?.[group],
  }));
  const shape = { groups, blockSize, contextLength, stepTokens, maxRunning, events };
  let cache: KvCache;
  try {
    cache = createCache(policy, shape);
  } catch (cause) {
    await disk?.close(async () => {});
    await executable.dispose();
    throw cause instanceof RangeError ? blockTablesError(contextLength, maxRunning, cause) : cause;
  }
  const scheduler = new Scheduler(cache, limits);
  const observe = guardCallback('onStep', options.onStep, warn);
  const budgets = {
    decode: new TokenBudget(stepTokens, DECODE_STEP_MS),
    prompts: new TokenBudget(stepTokens, PROMPT_STEP_MS, EFFICIENT_PROMPT),
  };
  const { vocabSize } = model.config;
  const loop = new StepLoop({ scheduler, executable, budgets, vocabSize, observe });
  const info: EngineInfo = {
    model: nameOf(model, options),
    architecture: model.config.architecture,
    parameters: model.parameters,
    contextLength,
    backend: backend.name,
    cache: policy,
    kvBytes: bytes,
    kvDtype: layout.dtype,
    scheduling: options.scheduling ?? 'first-come',
    kvDiskBytes: diskBytes,
    weightBytes: weights.bytes,
    fingerprint,
    numerics: backend.numerics,
    maxRunning,
    maxWaiting: limits.maxWaiting,
    work: countWork(model.program, layout),
    ...omitUndefined({ embedding }),
  };
  const kvUsage = (): KvMemoryUsage => kvMemoryUsage(cache.usage(), layout);
  const closeDisk = async (): Promise<void> => disk?.close(async () => cache.offload?.flush());
  const adapters = new Adapters(model, executable, options.defaultAdapter);
  try {
    for (const [name, path] of Object.entries(options.adapters ?? {})) await adapters.load(name, path);
  } catch (error) {
    await closeDisk();
    await executable.dispose();
    adapters.dispose();
    throw error;
  }
  return { info, executable, scheduler, events, loop, kvUsage, disk, closeDisk, adapters, warn };
}

/** Throws `bad_option` unless the default adapter is one of the adapters. */
function checkDefaultAdapter({ adapters = {}, defaultAdapter: name }: EngineOptions): void {
  if (name === undefined) return;
  checkString('defaultAdapter', name);
  if (Object.hasOwn(adapters, name)) return;
  const message = `defaultAdapter ${JSON.stringify(name)} is not one of the adapters`;
  throw new QuireError('bad_option', message, `use one of ${Object.keys(adapters).join(', ') || 'adapters'}`);
}

const nameOf = ({ config }: LoadedModel, { defaultAdapter: adapter }: EngineOptions): string =>
  adapter === undefined ? config.name : `${config.name}:${adapter}`;

const blockTablesError = (contextLength: number, maxRunning: number, cause: unknown): QuireError =>
  new QuireError(
    'out_of_memory',
    `there is not enough memory for the block tables of ${maxRunning} sequences of ${contextLength} tokens`,
    'lower context or maxRunning, or use a larger blockSize',
    { cause },
  );

function schedulerLimits(
  options: EngineOptions,
  stepTokens: number,
): Omit<SchedulerLimits, 'events' | 'maxWaiting'> & { readonly maxWaiting: number } {
  const requested = checkInteger('maxRunning', options.maxRunning ?? DEFAULT_MAX_RUNNING, 1, 4096);
  const maxRunning = Math.min(requested, stepTokens); // so that each step can decode one token of every running sequence
  const draftTokens = checkInteger('draftTokens', options.draftTokens ?? 0, 0, 64);
  const scheduling = options.scheduling ?? 'first-come';
  checkChoice('scheduling', scheduling, SCHEDULING_POLICIES);
  return {
    maxRunning,
    maxWaiting: checkInteger('maxWaiting', options.maxWaiting ?? MAX_WAITING, 0, 2 ** 31),
    draftTokens,
    maxRows: Math.min(stepTokens, maxRunning + Math.min(MAX_DRAFT_ROWS, maxRunning * draftTokens)),
    rank: rankFunctionOf(scheduling),
  };
}
