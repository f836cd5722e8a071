// The options of all commands that load a model, and the loading itself.

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
import { integer, number, repeated, repeatedId, repeatedIds, size, tokenBias } from './values.ts';

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

/** Flags of commands that serve concurrent requests. */
export interface QueueFlags {
  readonly maxRunning?: number;
  readonly maxWaiting?: number;
  readonly scheduling?: SchedulingPolicy;
}

const addOneModel = (command: Command): Command => command.option('--model <model>', MODEL_HELP, 'embedded');

/** Adds the options. @param addModel adds the option that names the model */
export function addModelOptions(command: Command, addModel = addOneModel): Command {
  return addModel(command)
    .option('--offline', OFFLINE_HELP)
    .addOption(new Option('--cache <policy>', 'policy of the KV cache').choices([...CACHE_POLICIES]))
    .option('--kv-memory <size>', 'size of KV memory, such as 512MiB', size)
    .option('--block-size <tokens>', 'tokens in a block of KV memory', integer)
    .option('--context <tokens>', 'most tokens of prompt and answer together', integer)
    .addOption(new Option('--backend <name>', 'backend that runs the model').choices([...BACKENDS]))
    .option('--threads <n>', 'threads of the native backend; one for each processor by default', integer)
    .addOption(new Option('--kv-dtype <type>', 'data type of stored keys and values').choices([...KV_DTYPES]))
    .option(
      '--draft-tokens <n>',
      'draft tokens guessed from the text (prompt lookup); 0 disables them',
      integer,
    );
}

/** Adds the option for offload to disk. */
export function addDiskOptions(command: Command): Command {
  return command.option('--kv-disk <size>', 'disk space for offloaded keys and values, such as 4GiB', size);
}

export function addQueueOptions(command: Command): Command {
  return command
    .option('--max-running <n>', 'most requests that run at once', integer)
    .option('--max-waiting <n>', 'most waiting requests; further ones are refused', integer)
    .addOption(
      new Option('--scheduling <policy>', 'order of waiting requests').choices([...SCHEDULING_POLICIES]),
    );
}

/** Parsed values under the library's option names. */
export type SamplingFlags = Readonly<Record<string, unknown>>;

const PARSERS: Readonly<Record<SamplingOption['kind'], (text: string, before: never) => unknown>> = {
  number,
  texts: repeated,
  tokens: repeatedId,
  sequences: repeatedIds,
  biases: tokenBias,
};

type Parser = (text: string, before: unknown) => unknown;

/** Returns the flag of a sampling option. */
export function samplingFlag(name: SamplingOptionName): Option {
  const option = samplingOption(name);
  const ids = option.kind === 'sequences' ? ', with commas between ids' : '';
  const more = option.kind === 'number' ? '' : `${ids}; may be repeated`;
  const parse = option.kind === 'number' && option.integer ? integer : PARSERS[option.kind];
  return new Option(option.flag, option.help + more).argParser(parse as Parser);
}

/** Adds all sampling flags except `--logprobs`, which only JSON output can show. */
export function addSamplingOptions(command: Command): Command {
  for (const name of SAMPLING_OPTION_NAMES) if (name !== 'logprobs') command.addOption(samplingFlag(name));
  return command;
}

/** Returns the given flags under the library's names. */
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

/** Loads an engine, with a progress bar on standard error if that is a terminal. Warnings are printed there. */
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
