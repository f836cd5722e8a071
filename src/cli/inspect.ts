// `quire inspect`: shows the format, config, tensors, tokenizer and memory needs of a model file, or what an adapter changes.

import { Command } from 'commander';
import { QuireError } from '../base/errors.ts';
import { formatBytes } from '../base/format-bytes.ts';
import { DTYPES } from '../base/model/dtypes.ts';
import { type KvGroup, kvSequenceBytes, kvTokenBytes } from '../base/model/kv-layout.ts';
import type { ModelFile } from '../base/model/model-file.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import { checkInteger } from '../base/option-names.ts';
import { countParameters, weightBytes } from '../engine/load-model.ts';
import { memoryFit } from '../engine/memory-fit.ts';
import { availableMemory } from '../engine/node/available-memory.ts';
import { NATIVE_BACKEND } from '../kernels/native/node/native-backend.ts';
import { openModelFile } from '../models/node/open-model-file.ts';
import { buildProgram } from '../models/registry.ts';
import { fuse } from '../program/fuse.ts';
import { lower } from '../program/lower.ts';
import { printProgram } from '../program/print.ts';
import type { Program } from '../program/program.ts';
import { usableDefaults } from '../sampler/parameters.ts';
import { createTokenizer } from '../text/tokenizer.ts';
import {
  type AdapterFit,
  adapterRows,
  fitAdapters,
  fitJson,
  fitRows,
  inspectAdapter,
  type Row,
} from './inspect-adapter.ts';
import { MODEL_HELP, modelPathWithProgress, OFFLINE_HELP } from './model-path.ts';
import { writeOutput, writeOutputJson } from './terminal.ts';
import { type AdapterPaths, appendAdapter, parseInteger } from './values.ts';

interface InspectFlags {
  readonly offline?: boolean;
  readonly context?: number;
  readonly program?: boolean;
  readonly adapter?: AdapterPaths;
  readonly json?: boolean;
}

export function inspectCommand(): Command {
  return new Command('inspect')
    .description(
      'show the config, tensors, tokenizer and memory needs of a model, or what a LoRA adapter changes',
    )
    .argument('[model]', `${MODEL_HELP}; or an adapter`, 'embedded')
    .option('--offline', OFFLINE_HELP)
    .option(
      '--context <tokens>',
      'tokens for which the memory is calculated; the whole context by default',
      parseInteger,
    )
    .option(
      '--adapter <name=path>',
      'show whether this LoRA adapter fits the model; may be repeated',
      appendAdapter,
    )
    .option('--program', 'print the program before and after lowering and fusion')
    .option('--json', 'print one JSON object')
    .action(inspect);
}

async function inspect(reference: string, flags: InspectFlags): Promise<void> {
  const path = await modelPathWithProgress(reference, { offline: flags.offline });
  const adapter = await inspectAdapter(path);
  if (adapter !== undefined) {
    checkNoModelFlag(reference, flags);
    return flags.json === true ? writeOutputJson(adapter) : writeOutput(textOf(adapterRows(adapter)));
  }
  const file = await openModelFile(path);
  try {
    const program = buildProgram(file.config, file.tensors);
    const report = describe(file, program, flags.context);
    const fits = await fitAdapters(flags.adapter ?? {}, file, program);
    if (flags.json === true) return writeOutputJson({ ...report, adapters: fits.map(fitJson) });
    writeOutput(flags.program === true ? programText(program) : reportText(report, fits));
  } finally {
    await file.close();
  }
}

/** Throws `bad_option` if a flag is given that has no effect for an adapter. */
function checkNoModelFlag(reference: string, { context, program, adapter }: InspectFlags): void {
  const [flag] = Object.keys(omitUndefined({ context, program, adapter }));
  if (flag === undefined) return;
  const hint = `use the base model, with --adapter NAME=${reference}`;
  throw new QuireError('bad_option', `--${flag} needs a model, and ${reference} is an adapter`, hint);
}

const KV_DTYPE = NATIVE_BACKEND.kvDtype; // available even if the native backend is not built

function describe(file: ModelFile, program: Program, context: number | undefined) {
  const tensors = [...file.tensors.values()];
  const types: Record<string, number> = {};
  for (const { dtype } of tensors) types[dtype] = (types[dtype] ?? 0) + 1;
  const tokenizer = createTokenizer(file.tokenizer);
  const layout = { groups: program.kvGroups, dtype: KV_DTYPE, blockSize: 1 } as const;
  const { contextLength, maxContextLength } = file.config;
  const tokens = checkInteger('context', context ?? contextLength, 1, maxContextLength ?? contextLength);
  const { usable, problems } = usableDefaults(file.generation);
  const needs = { weightBytes: weightBytes(program, file), kvBytes: kvSequenceBytes(layout, tokens) };
  return {
    kind: 'model' as const,
    format: file.format,
    source: file.source,
    config: file.config,
    parameters: countParameters(program, file),
    tensors: tensors.map(({ name, dtype, shape, byteLength }) => ({ name, dtype, shape, byteLength })),
    tensorTypes: types,
    tokenizer: {
      vocabSize: tokenizer.vocabSize,
      bosId: tokenizer.bosId,
      eosIds: tokenizer.eosIds,
      addBos: tokenizer.addBos,
      textEndId: file.tokenizer.textEndId,
      chatTemplate: file.tokenizer.chatTemplates !== undefined,
    },
    /** the sampling options that the model recommends */
    sampling: usable,
    /** recommendations that are ignored because their values are out of range */
    samplingLeftOut: problems,
    weightBytes: needs.weightBytes,
    kvBytesPerToken: kvSequenceBytes(layout, 1),
    kvBytesPerContext: kvSequenceBytes(layout, contextLength),
    /** the layer groups, which retain all tokens or only a window of the last tokens */
    kvGroups: layout.groups.map((group) => ({
      layers: group.layers,
      ...(group.keeps === 'all' ? {} : { window: group.keeps.window }),
      bytesPerToken: kvTokenBytes(layout, group),
      bytesPerContext: kvSequenceBytes({ ...layout, groups: [group] }, contextLength),
    })),
    /** by layer: the sliding window of its attention in tokens; null for all tokens */
    windows: windowsOf(program.kvGroups),
    /** memory for one sequence of `contextTokens` tokens */
    memory: { contextTokens: tokens, ...memoryFit(needs, availableMemory()) },
  };
}

const windowsOf = (groups: readonly KvGroup[]): readonly (number | null)[] =>
  groups
    .flatMap(({ layers, keeps }) =>
      layers.map((layer) => ({ layer, window: keeps === 'all' ? null : keeps.window })),
    )
    .sort((a, b) => a.layer - b.layer)
    .map(({ window }) => window);

type Report = ReturnType<typeof describe>;

function reportText(report: Report, adapters: readonly AdapterFit[]): string {
  const { config, tokenizer } = report;
  const types = Object.entries(report.tensorTypes).map(([type, count]) => `${count} ${type}`);
  const rows: readonly Row[] = [
    ['model', `${config.name} (${report.format}, ${config.architecture})`],
    ['parameters', report.parameters.toLocaleString('en')],
    ['layers', `${config.layers} of ${config.hiddenSize}, feed-forward ${config.ffnSize}`],
    ['heads', `${config.heads} of ${config.headDim}, ${config.kvHeads} for keys and values`],
    ['context', `${config.contextLength} tokens`],
    ['tensors', `${report.tensors.length} (${types.join(', ')})`],
    ['tokenizer', `${tokenizer.vocabSize} tokens, end tokens ${tokenizer.eosIds.join(', ') || 'none'}`],
    ['chat template', tokenizer.chatTemplate ? 'yes' : 'no'],
    ['embeddings', embeddingsText(config)],
    ['sampling', samplingText(report.sampling)],
    ...report.samplingLeftOut.map((problem): Row => ['ignored', problem]),
    ['weights', formatBytes(report.weightBytes)],
    [
      'KV cache',
      `${formatBytes(report.kvBytesPerToken)} per token, ${formatBytes(report.kvBytesPerContext)} for the context (${KV_DTYPE})`,
    ],
    ...report.kvGroups.map((group): Row => ['KV group', kvGroupText(group)]),
    ['memory', memoryText(report.memory)],
    ...fitRows(adapters),
  ];
  return textOf(rows);
}

const textOf = (rows: readonly Row[]): string =>
  rows.map(([name, value]) => `${name.padEnd(14)} ${value}\n`).join('');

function embeddingsText({ pooling, unsupportedPooling, hiddenSize }: Report['config']): string {
  if (pooling === undefined)
    return unsupportedPooling === undefined ? 'no' : `not supported: ${unsupportedPooling}`;
  const head = pooling.lacksHead ? '; no output head, so it generates no text' : '';
  return `pooling ${pooling.method}, ${hiddenSize} numbers${pooling.normalize ? ' of length 1' : ''}${head}`;
}

function kvGroupText({ layers, window, bytesPerToken }: Report['kvGroups'][number]): string {
  const kept = window === undefined ? 'all tokens' : `the last ${window} tokens (sliding window)`;
  return `${layers.length === 1 ? 'layer' : 'layers'} ${rangesText(layers)}: ${kept}, ${formatBytes(bytesPerToken)} per token`;
}

/** Returns ascending numbers as text, for example `0-4, 6`. */
function rangesText(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range?.[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(', ');
}

function samplingText(sampling: Report['sampling']): string {
  const flags = Object.entries(sampling).map(([name, value]) => `${optionFlag(name)} ${value}`);
  return flags.join(', ') || 'no recommendations';
}

const optionFlag = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function memoryText({ contextTokens, neededBytes, availableBytes, fits }: Report['memory']): string {
  const verdict = fits ? 'fits' : 'does not fit';
  return `${formatBytes(neededBytes)} with ${contextTokens} tokens: ${verdict} in ${formatBytes(availableBytes)} of free memory`;
}

function programText(program: Program): string {
  const quantized = program.weights.some(({ dtype }) => DTYPES[dtype].quantized);
  const lowered = lower(program, { activations: 'int8' });
  const parts = [
    ['program', printProgram(program)],
    ['lowered to int8 activations', quantized ? printProgram(lowered) : 'unchanged: no weight is quantized'],
    ['fused', printProgram(fuse(lowered))],
  ];
  return parts.map(([title, text]) => `# ${title}\n${text}\n`).join('\n');
}
