// `quire run`: completes one prompt, streamed to standard output or reported as one JSON object.

import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { defined } from '../base/defined.ts';
import { QuireError } from '../base/errors.ts';
import type { PromptRequest } from '../engine/engine.ts';
import { drain, interruptible } from './interrupt.ts';
import {
  addDiskOptions,
  addModelOptions,
  addSamplingOptions,
  loadWithProgress,
  type ModelFlags,
  type SamplingFlags,
  samplingFlag,
  samplingOptions,
} from './model-options.ts';
import { say, sayJson, tell } from './terminal.ts';

interface RunFlags extends ModelFlags, SamplingFlags {
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
  return addSamplingOptions(addDiskOptions(addModelOptions(command))).action(run);
}

async function run(flags: RunFlags): Promise<void> {
  if (flags.logprobs !== undefined && flags.json !== true) throw logprobsWithoutJson();
  const prompt = flags.prompt === '-' ? await text(process.stdin) : flags.prompt;
  await using engine = await loadWithProgress(flags);
  const request: PromptRequest = {
    prompt,
    ...defined({ system: flags.system }),
    raw: flags.raw === true,
    ...samplingOptions(flags),
  };
  await interruptible(async (signal) => {
    const stream = engine.generate({ ...request, signal });
    await drain(stream, (piece) => {
      if (flags.json !== true) say(piece);
    });
    const result = await stream.result;
    if (flags.json === true) sayJson(result);
    else say('\n');
    if (engine.template === undefined && flags.raw !== true) {
      tell(`${engine.info.model} has no chat template: the prompt was used as raw text`);
    }
  });
}

const logprobsWithoutJson = (): QuireError =>
  new QuireError(
    'bad_option',
    '--logprobs needs --json',
    'add --json, whose object contains the log-probabilities',
  );
