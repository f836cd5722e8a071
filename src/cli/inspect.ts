// `quire inspect`: shows the format, config, tensors, tokenizer and memory needs of a model file.

import { Command } from 'commander';
import { formatBytes } from '../base/format-bytes.ts';
import { DTYPES } from '../base/model/dtypes.ts';
import { kvSequenceBytes, kvTokenBytes } from '../base/model/kv-layout.ts';
import type { ModelFile } from '../base/model/model-file.ts';
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
import { MODEL_HELP, modelPathWithProgress, OFFLINE_HELP } from './model-path.ts';
import { writeOutput, writeOutputJson } from './terminal.ts';
import { parseInteger } from './values.ts';

interface InspectFlags {
  readonly offline?: boolean;
  readonly context?: number;
  readonly program?: boolean;
  readonly json?: boolean;
}

export function inspectCommand(): Command {
  return new Command('inspect')
    .description('show the config, tensors, tokenizer and memory needs of a model')
    .argument('[model]', MODEL_HELP, 'embedded')
    .option('--offline', OFFLINE_HELP)
    .option(
      '--context <tokens>',
      'tokens for which the memory is calculated; the whole context by default',
      parseInteger,
    )
    .option('--program', 'print the program before and after lowering and fusion')
    .option('--json', 'print one JSON object')
    .action(inspect);
}

async function inspect(reference: string, flags: InspectFlags): Promise<void> {
  const file = await openModelFile(await modelPathWithProgress(reference, { offline: flags.offline }));
  try {
    const program = buildProgram(file.config, file.tensors);
    const report = describe(file, program, flags.context);
    if (flags.json === true) return writeOutputJson(report);
    writeOutput(flags.program === true ? programText(program) : reportText(report));
  } finally {
    await file.close();
  }
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
    })),
    /** memory for one sequence of `contextTokens` tokens */
    memory: { contextTokens: tokens, ...memoryFit(needs, availableMemory()) },
  };
}

type Report = ReturnType<typeof describe>;

function reportText(report: Report): string {
  const { config, tokenizer } = report;
  const types = Object.entries(report.tensorTypes).map(([type, count]) => `${count} ${type}`);
  const rows: [string, string][] = [
    ['model', `${config.name} (${report.format}, ${config.architecture})`],
    ['parameters', report.parameters.toLocaleString('en')],
    ['layers', `${config.layers} of ${config.hiddenSize}, feed-forward ${config.ffnSize}`],
    ['heads', `${config.heads} of ${config.headDim}, ${config.kvHeads} for keys and values`],
    ['context', `${config.contextLength} tokens`],
    ['tensors', `${report.tensors.length} (${types.join(', ')})`],
    ['tokenizer', `${tokenizer.vocabSize} tokens, end tokens ${tokenizer.eosIds.join(', ') || 'none'}`],
    ['chat template', tokenizer.chatTemplate ? 'yes' : 'no'],
    ['sampling', samplingText(report.sampling)],
    ...report.samplingLeftOut.map((problem): [string, string] => ['ignored', problem]),
    ['weights', formatBytes(report.weightBytes)],
    [
      'KV cache',
      `${formatBytes(report.kvBytesPerToken)} per token, ${formatBytes(report.kvBytesPerContext)} for the context (${KV_DTYPE})`,
    ],
    ...report.kvGroups.flatMap(({ layers, window }): [string, string][] =>
      window === undefined ? [] : [['window', `${layers.length} layers retain the last ${window} tokens`]],
    ),
    ['memory', memoryText(report.memory)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)} ${value}\n`).join('');
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
