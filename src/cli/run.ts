// `quire run`: completes one prompt. Streams the answer to standard output, or prints the result as one JSON object.

import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { QuireError } from '../base/errors.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import type { PromptRequest } from '../engine/engine.ts';
import { consumePieces, INTERRUPT_EXIT_CODE, runInterruptible } from './interrupt.ts';
import {
  addDiskOptions,
  addModelOptions,
  addSamplingOptions,
  addUseAdapterOption,
  checkUsedAdapter,
  loadWithProgress,
  type ModelFlags,
  type SamplingFlags,
  samplingFlag,
  samplingOptions,
  type UseAdapterFlag,
} from './model-options.ts';
import { writeDiagnostic, writeOutput, writeOutputJson } from './terminal.ts';

interface RunFlags extends ModelFlags, UseAdapterFlag, SamplingFlags {
  readonly prompt: string;
  readonly system?: string;
  readonly raw?: boolean;
  readonly json?: boolean;
  readonly logprobs?: number;
}

export function runCommand(): Command {
  const command = new Command('run')
    .description('complete one prompt')
    .requiredOption('--prompt <text>', 'the prompt; - reads standard input')
    .option('--system <text>', 'a system message')
    .option('--raw', 'do not apply the chat template')
    .option('--json', 'print one JSON object at the end')
    .addOption(samplingFlag('logprobs'));
  return addSamplingOptions(addUseAdapterOption(addDiskOptions(addModelOptions(command)))).action(run);
}

async function run(flags: RunFlags): Promise<void> {
  if (flags.logprobs !== undefined && flags.json !== true) throw logprobsNeedJsonError();
  const prompt = flags.prompt === '-' ? await text(process.stdin) : flags.prompt;
  checkUsedAdapter(flags);
  await using engine = await loadWithProgress(flags);
  const request: PromptRequest = {
    prompt,
    ...omitUndefined({ system: flags.system, adapter: flags.useAdapter }),
    raw: flags.raw === true,
    ...samplingOptions(flags),
  };
  await runInterruptible(async (signal) => {
    const stream = engine.generate({ ...request, signal });
    await consumePieces(stream, (piece) => {
      if (flags.json !== true) writeOutput(piece);
    });
    const result = await stream.result;
    if (flags.json === true) writeOutputJson(result);
    else writeOutput('\n');
    if (signal.aborted) process.exitCode = INTERRUPT_EXIT_CODE;
    if (engine.template === undefined && flags.raw !== true) {
      writeDiagnostic(`${engine.info.model} has no chat template: the prompt was used as raw text`);
    }
  });
}

const logprobsNeedJsonError = (): QuireError =>
  new QuireError(
    'bad_option',
    '--logprobs needs --json',
    'add --json; only the JSON object contains log-probabilities',
  );
