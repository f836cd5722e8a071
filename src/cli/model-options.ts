// The options that every command with a model shares, and the engine they describe.

import { type Command, Option } from 'commander';
import { defined } from '../base/defined.ts';
import type { QuireError } from '../base/errors.ts';
import { KV_DTYPES, type KvDtype } from '../base/model/kv-layout.ts';
import {
  SAMPLING_OPTION_NAMES,
  type SamplingOption,
  type SamplingOptionName,
  type SamplingOptions,
  samplingOption,
} from '../completion/sampling-options.ts';
import type { Engine } from '../engine/engine.ts';
import type { MemoryShare } from '../engine/load-engine.ts';
import { BACKENDS, type BackendName } from '../engine/node/choose-backend.ts';
import { type LoadEngineOptions, loadEngineWithin } from '../engine/node/load-engine.ts';
import type { CachePolicy } from '../kv/cache-policy.ts';
import { CACHE_POLICIES } from '../kv/cache-policy.ts';
import { SCHEDULING_POLICIES, type SchedulingPolicy } from '../scheduler/policies.ts';
import { MODEL_HELP, OFFLINE_HELP } from './model-path.ts';
import { progressBar } from './progress-bar.ts';
import { tell } from './terminal.ts';
import { number, repeated, repeatedId, repeatedIds, size, tokenBias, whole } from './values.ts';

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

const addOneModel = (command: Command): Command => command.option('--model <model>', MODEL_HELP, 'embedded');

/** @param addModel how the model is named */
export function addModelOptions(command: Command, addModel = addOneModel): Command {
  return addModel(command)
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

/** Under the library's names, as the parsers of their kinds leave them. */
export type SamplingFlags = Readonly<Record<string, unknown>>;

const PARSERS: Readonly<Record<SamplingOption['kind'], (text: string, before: never) => unknown>> = {
  number,
  texts: repeated,
  tokens: repeatedId,
  sequences: repeatedIds,
  biases: tokenBias,
};

type Parser = (text: string, before: unknown) => unknown;

/** The flag of a row of the table of sampling options. */
export function samplingFlag(name: SamplingOptionName): Option {
  const option = samplingOption(name);
  const ids = option.kind === 'sequences' ? ', with commas between ids' : '';
  const more = option.kind === 'number' ? '' : `${ids}; may be repeated`;
  const parse = option.kind === 'number' && option.whole ? whole : PARSERS[option.kind];
  return new Option(option.flag, option.help + more).argParser(parse as Parser);
}

/** All of them but `--logprobs`, for which only JSON has a place. */
export function addSamplingOptions(command: Command): Command {
  for (const name of SAMPLING_OPTION_NAMES) if (name !== 'logprobs') command.addOption(samplingFlag(name));
  return command;
}

/** Flags that were given, under the library's names. */
export function samplingOptions(flags: SamplingFlags): SamplingOptions {
  return defined(
    Object.fromEntries(
      SAMPLING_OPTION_NAMES.map((name) => [name, flags[samplingFlag(name).attributeName()]]),
    ),
  );
}

function engineOptions(flags: ModelFlags & QueueFlags): LoadEngineOptions {
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
export async function loadWithProgress(
  flags: ModelFlags & QueueFlags,
  memory: MemoryShare = {},
): Promise<Engine> {
  const bar = progressBar('loading');
  try {
    const onWarning = ({ fullLine }: QuireError): void => tell(fullLine);
    return await loadEngineWithin({ ...engineOptions(flags), onProgress: bar.show, onWarning }, memory);
  } finally {
    bar.clear();
  }
}
