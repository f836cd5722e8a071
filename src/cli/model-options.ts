// Defines the options of commands that load a model, and loads the model with these options.

import { type Command, Option } from 'commander';
import { QuireError } from '../base/errors.ts';
import { KV_DTYPES, type KvDtype } from '../base/model/kv-layout.ts';
import { POOLING_METHODS, type PoolingMethod } from '../base/model/pooling.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import {
  SAMPLING_OPTION_NAMES,
  type SamplingOption,
  type SamplingOptionName,
  type SamplingOptions,
  samplingOption,
} from '../completion/sampling-options.ts';
import type { Engine } from '../engine/engine.ts';
import type { MemoryShare } from '../engine/load-engine.ts';
import { withBaseModel } from '../engine/node/base-model.ts';
import { BACKENDS, type BackendName } from '../engine/node/choose-backend.ts';
import { type LoadEngineOptions, loadEngineWithin } from '../engine/node/load-engine.ts';
import { nativeUnavailable } from '../kernels/native/node/native-backend.ts';
import type { CachePolicy } from '../kv/cache-policy.ts';
import { CACHE_POLICIES } from '../kv/cache-policy.ts';
import { SCHEDULING_POLICIES, type SchedulingPolicy } from '../scheduler/policies.ts';
import { MODEL_HELP, OFFLINE_HELP, reportBase } from './model-path.ts';
import { progressBar } from './progress-bar.ts';
import { writeDiagnostic } from './terminal.ts';
import {
  type AdapterPaths,
  appendAdapter,
  appendText,
  appendTokenBias,
  appendTokenId,
  appendTokenIdList,
  parseInteger,
  parseNumber,
  parseSize,
} from './values.ts';

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
  readonly adapter?: AdapterPaths;
  readonly pooling?: PoolingMethod;
}

/** Flags of commands that answer one user. */
export interface UseAdapterFlag {
  readonly useAdapter?: string;
}

/** Flags of commands that serve concurrent requests. */
export interface QueueFlags {
  readonly maxRunning?: number;
  readonly maxWaiting?: number;
  readonly scheduling?: SchedulingPolicy;
}

const addSingleModelOption = (command: Command): Command =>
  command.option('--model <model>', MODEL_HELP, 'embedded');

/** Adds the options for loading a model. @param addModelOption adds the option that selects the model */
export function addModelOptions(command: Command, addModelOption = addSingleModelOption): Command {
  return addModelOption(command)
    .option('--offline', OFFLINE_HELP)
    .addOption(new Option('--cache <policy>', 'policy of the KV cache').choices([...CACHE_POLICIES]))
    .option('--kv-memory <size>', 'size of KV memory, such as 512MiB', parseSize)
    .option('--block-size <tokens>', 'tokens in a block of KV memory', parseInteger)
    .option('--context <tokens>', 'maximum number of tokens of prompt and answer together', parseInteger)
    .addOption(new Option('--backend <name>', 'backend that runs the model').choices([...BACKENDS]))
    .option(
      '--threads <n>',
      'threads of the native and the wasm backend; one per processor by default',
      parseInteger,
    )
    .addOption(new Option('--kv-dtype <type>', 'data type of stored keys and values').choices([...KV_DTYPES]))
    .option(
      '--draft-tokens <n>',
      'maximum number of draft tokens, guessed by prompt lookup; 0 disables drafts',
      parseInteger,
    );
}

/** Adds the option that loads adapters. */
export function addAdapterOption(command: Command): Command {
  return command.option(
    '--adapter <name=path>',
    'load a LoRA adapter: a folder of PEFT, or a GGUF; may be repeated',
    appendAdapter,
  );
}

/** Adds the option for embeddings. */
export function addPoolingOption(command: Command): Command {
  const text =
    'compute embeddings: the vector of the last token, or the mean of all; by default as the files say';
  return command.addOption(new Option('--pooling <method>', text).choices([...POOLING_METHODS]));
}

/** Adds the options that load adapters and use one of them. */
export function addUseAdapterOption(command: Command): Command {
  return addAdapterOption(command).option('--use-adapter <name>', 'answer with this adapter');
}

/** Throws `bad_option` before the model is loaded if the adapter is not given. */
export function checkUsedAdapter({ useAdapter, adapter = {} }: UseAdapterFlag & ModelFlags): void {
  if (useAdapter === undefined || Object.hasOwn(adapter, useAdapter)) return;
  const names = Object.keys(adapter);
  const hint = names.length === 0 ? `add --adapter ${useAdapter}=PATH` : `use one of ${names.join(', ')}`;
  throw new QuireError('bad_option', `--use-adapter ${useAdapter} names no adapter`, hint);
}

/** Adds the option for offloading keys and values to disk. */
export function addDiskOptions(command: Command): Command {
  return command.option(
    '--kv-disk <size>',
    'disk space for offloaded keys and values, such as 4GiB',
    parseSize,
  );
}

export function addQueueOptions(command: Command): Command {
  return command
    .option('--max-running <n>', 'maximum number of running requests', parseInteger)
    .option(
      '--max-waiting <n>',
      'maximum number of waiting requests; further requests are rejected',
      parseInteger,
    )
    .addOption(
      new Option('--scheduling <policy>', 'order of waiting requests').choices([...SCHEDULING_POLICIES]),
    );
}

/** Parsed values of flags, by attribute name. */
export type SamplingFlags = Readonly<Record<string, unknown>>;

const PARSERS: Readonly<Record<SamplingOption['kind'], (text: string, previous: never) => unknown>> = {
  number: parseNumber,
  texts: appendText,
  tokens: appendTokenId,
  sequences: appendTokenIdList,
  biases: appendTokenBias,
};

type Parser = (text: string, previous: unknown) => unknown;

/** Returns the command-line flag of a sampling option. */
export function samplingFlag(name: SamplingOptionName): Option {
  const option = samplingOption(name);
  const separator = option.kind === 'sequences' ? ', separated by commas' : '';
  const note = option.kind === 'number' ? '' : `${separator}; may be repeated`;
  const parse = option.kind === 'number' && option.integer ? parseInteger : PARSERS[option.kind];
  return new Option(option.flag, option.help + note).argParser(parse as Parser);
}

/** Adds all sampling flags except `--logprobs`, because only JSON output can contain log-probabilities. */
export function addSamplingOptions(command: Command): Command {
  for (const name of SAMPLING_OPTION_NAMES) if (name !== 'logprobs') command.addOption(samplingFlag(name));
  return command;
}

/** Returns the sampling options that the flags set, by option name of the library. */
export function samplingOptions(flags: SamplingFlags): SamplingOptions {
  return omitUndefined(
    Object.fromEntries(
      SAMPLING_OPTION_NAMES.map((name) => [name, flags[samplingFlag(name).attributeName()]]),
    ),
  );
}

/** Returns the options of `loadEngine` that the flags set. */
export function engineOptions(
  flags: ModelFlags & QueueFlags,
): LoadEngineOptions & { readonly model: string } {
  const { model, offline, cache, kvMemory, kvDtype, blockSize, context, backend, threads, draftTokens } =
    flags;
  const { maxRunning, maxWaiting, scheduling, kvDisk, kvDiskFolder, adapter: adapters, pooling } = flags;
  return {
    model,
    ...omitUndefined({
      offline,
      cache,
      kvMemory,
      kvDtype,
      blockSize,
      context,
      backend,
      threads,
      draftTokens,
    }),
    ...omitUndefined({ maxRunning, maxWaiting, scheduling, kvDisk, kvDiskFolder, adapters, pooling }),
  };
}

/**
 * Loads an engine. Shows a progress bar if standard error is a terminal. Prints warnings to standard error.
 * @param onBase called with the base model if the model is an adapter
 */
export async function loadWithProgress(
  flags: ModelFlags & QueueFlags,
  memory: MemoryShare = {},
  onBase = (base: string): void => reportBase(flags.model, base),
): Promise<Engine> {
  const bar = progressBar('loading');
  try {
    const onWarning = ({ fullLine }: QuireError): void => writeDiagnostic(fullLine);
    const options = await withBaseModel(engineOptions(flags), { onBase, onProgress: bar.show });
    const engine = await loadEngineWithin({ ...options, onProgress: bar.show, onWarning }, memory);
    bar.clear();
    warnOfSlowBackend(engine, flags);
    return engine;
  } finally {
    bar.clear();
  }
}

function warnOfSlowBackend({ info }: Engine, { backend }: ModelFlags): void {
  const reason = nativeUnavailable();
  if (info.backend === 'native' || backend !== undefined || reason === undefined) return;
  writeDiagnostic(
    `slow_backend: ${info.model} runs on the ${info.backend} backend, which is slower than the native one, because ${reason} (\`quire doctor\` explains what to do)`,
  );
}
