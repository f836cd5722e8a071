// The options that every command with a model shares, and the engine they describe.

import { type Command, Option } from 'commander';
import type { CachePolicy, SamplingOptions } from '../base/completer.ts';
import type { QuireError } from '../base/errors.ts';
import { KV_DTYPES, type KvDtype } from '../base/kv-layout.ts';
import type { Engine } from '../engine/engine.ts';
import { type LoadEngineOptions, loadEngine } from '../engine/load-engine.ts';
import { BACKENDS, type BackendName } from '../kernels/backend.ts';
import { CACHE_POLICIES } from '../kv/create-cache.ts';
import { SCHEDULING_POLICIES, type SchedulingPolicy } from '../scheduler/policies.ts';
import { MODEL_HELP, OFFLINE_HELP } from './model-path.ts';
import { progressBar } from './progress-bar.ts';
import { tell } from './terminal.ts';
import { number, repeated, size, tokenBias, whole } from './values.ts';

export interface ModelFlags {
  readonly model: string;
  readonly offline?: boolean;
  readonly cache?: CachePolicy;
  readonly kvMemory?: number;
  readonly blockSize?: number;
  readonly context?: number;
  readonly backend?: BackendName;
  readonly threads?: number;
  readonly kvDtype?: KvDtype;
  readonly kvDisk?: number;
  readonly kvDiskFolder?: string;
  readonly draftTokens?: number;
}

/** Of commands that serve many at once. */
export interface QueueFlags {
  readonly maxRunning?: number;
  readonly maxWaiting?: number;
  readonly scheduling?: SchedulingPolicy;
}

export function addModelOptions(command: Command): Command {
  return command
    .option('--model <model>', MODEL_HELP, 'embedded')
    .option('--offline', OFFLINE_HELP)
    .addOption(new Option('--cache <policy>', 'key-value cache').choices([...CACHE_POLICIES]))
    .option('--kv-memory <size>', 'memory for keys and values, such as 512MiB', size)
    .option('--block-size <tokens>', 'tokens in a block of KV memory', whole)
    .option('--context <tokens>', 'most tokens of prompt and answer together', whole)
    .addOption(new Option('--backend <name>', 'what does the arithmetic').choices([...BACKENDS]))
    .option('--threads <n>', 'threads of the native backend; as many as processors by default', whole)
    .addOption(new Option('--kv-dtype <type>', 'what keys and values are stored as').choices([...KV_DTYPES]))
    .option('--draft-tokens <n>', 'tokens guessed ahead from the text itself; 0 guesses none', whole);
}

/** Of commands whose keys and values are worth keeping. */
export function addDiskOptions(command: Command): Command {
  return command.option(
    '--kv-disk <size>',
    'disk for keys and values that outlive memory, such as 4GiB',
    size,
  );
}

export function addQueueOptions(command: Command): Command {
  return command
    .option('--max-running <n>', 'most requests computed at once', whole)
    .option('--max-waiting <n>', 'most requests that wait; one more is refused', whole)
    .addOption(new Option('--scheduling <policy>', 'who is served first').choices([...SCHEDULING_POLICIES]));
}

/** Flags have the library's names, but for those that are repeated one by one. */
export interface SamplingFlags
  extends Omit<SamplingOptions, 'stopTokens' | 'badTokens' | 'badWords' | 'logprobs'> {
  readonly badWord?: readonly string[];
}

export function addSamplingOptions(command: Command): Command {
  return command
    .option('--max-tokens <n>', 'most tokens generated', whole)
    .option('--min-tokens <n>', 'no end before so many tokens', whole)
    .option('--temperature <t>', '0 always takes the likeliest token', number)
    .option('--top-k <k>', 'only the k likeliest tokens; 0 for all', whole)
    .option('--top-p <p>', 'only the likeliest tokens that together reach p', number)
    .option('--min-p <p>', 'only tokens at least this share as likely as the likeliest; 0 for all', number)
    .option('--typical-p <p>', 'only the most typical tokens that together reach p; 1 for all', number)
    .option('--repetition-penalty <r>', 'above 1 discourages tokens that occurred', number)
    .option('--presence-penalty <n>', 'taken from the logit of each token of the answer; -2 to 2', number)
    .option('--frequency-penalty <n>', 'the same for each time that the token came; -2 to 2', number)
    .option('--logit-bias <id=value>', 'added to the logit of a token; may be repeated', tokenBias)
    .option('--bad-word <text>', 'a text that must not come up; may be repeated', repeated)
    .option('--seed <n>', 'the same seed gives the same answer', whole)
    .option('--stop <text>', 'end before this text; may be repeated', repeated);
}

/** Flags that were given, under the library's names. */
export function samplingOptions(flags: SamplingFlags): SamplingOptions {
  const { badWord: badWords } = flags;
  const { maxTokens, minTokens, temperature, topK, topP, minP, typicalP, seed, stop, logitBias } = flags;
  const { repetitionPenalty, presencePenalty, frequencyPenalty } = flags;
  return defined({
    maxTokens,
    minTokens,
    temperature,
    topK,
    topP,
    minP,
    typicalP,
    repetitionPenalty,
    presencePenalty,
    frequencyPenalty,
    logitBias,
    badWords,
    seed,
    stop,
  });
}

export function engineOptions(flags: ModelFlags & QueueFlags): LoadEngineOptions {
  const { model, offline, cache, kvMemory, kvDtype, blockSize, context, backend, threads, draftTokens } =
    flags;
  const { maxRunning, maxWaiting, scheduling, kvDisk, kvDiskFolder } = flags;
  return {
    model,
    ...defined({ offline, cache, kvMemory, kvDtype, blockSize, context, backend, threads, draftTokens }),
    ...defined({ maxRunning, maxWaiting, scheduling, kvDisk, kvDiskFolder }),
  };
}

/** Loads with a progress bar on standard error, when that is a terminal. Warnings are lines there. */
export async function loadWithProgress(flags: ModelFlags & QueueFlags): Promise<Engine> {
  const bar = progressBar('loading');
  try {
    const onWarning = ({ fullLine }: QuireError): void => tell(fullLine);
    return await loadEngine({ ...engineOptions(flags), onProgress: bar.show, onWarning });
  } finally {
    bar.clear();
  }
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
