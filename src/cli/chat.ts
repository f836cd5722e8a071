// `quire chat`: a conversation in the terminal. Under each answer it says what the cache saved.

import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { asQuireError } from '../base/errors.ts';
import { createConversation } from '../chat/conversation.ts';
import type { Conversation } from '../chat/conversation-types.ts';
import type { GenerationResult } from '../completion/generation.ts';
import { drain, interruptible, LEFT_BY_INTERRUPT } from './interrupt.ts';
import {
  addDiskOptions,
  addModelOptions,
  addSamplingOptions,
  loadWithProgress,
  type ModelFlags,
  type SamplingFlags,
  samplingOptions,
} from './model-options.ts';
import { requireTemplate } from './require-template.ts';
import { say, tell } from './terminal.ts';

interface ChatFlags extends ModelFlags, SamplingFlags {
  readonly system?: string;
}

export function chatCommand(): Command {
  const command = new Command('chat')
    .description('a conversation in the terminal')
    .option('--system <text>', 'a system message');
  return addSamplingOptions(addDiskOptions(addModelOptions(command))).action(chat);
}

async function chat(flags: ChatFlags): Promise<void> {
  await requireTemplate(flags);
  await using engine = await loadWithProgress(flags);
  const { model, cache, contextLength } = engine.info;
  tell(`${model}, cache ${cache}, context ${contextLength}. Ctrl-C stops an answer, Ctrl-D leaves.`);
  const conversation = createConversation(engine, flags.system === undefined ? {} : { system: flags.system });
  const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' });
  terminal.on('SIGINT', () => process.emit('SIGINT'));
  const leaveWhenIdle = (): void => {
    process.exitCode = LEFT_BY_INTERRUPT;
    terminal.close(); // and the engine is disposed of, which may have something to write
  };
  process.on('SIGINT', leaveWhenIdle);
  terminal.prompt();
  for await (const line of terminal) {
    process.off('SIGINT', leaveWhenIdle);
    if (line.trim() !== '') await answer(conversation, line, flags);
    process.on('SIGINT', leaveWhenIdle);
    terminal.prompt();
  }
  process.off('SIGINT', leaveWhenIdle);
}

async function answer(conversation: Conversation, line: string, flags: ChatFlags): Promise<void> {
  try {
    await interruptible(async (signal) => {
      const stream = conversation.send(line, { ...samplingOptions(flags), signal });
      await drain(stream, say);
      say('\n');
      tell(summary(await stream.result));
    });
  } catch (error) {
    tell(asQuireError(error).fullLine); // the conversation goes on
  }
}

function summary(result: GenerationResult): string {
  const { cachedTokens, computedTokens, generatedTokens, ttftMs, decodeTokensPerSecond } = result;
  const speed = `${ttftMs.toFixed(0)} ms to the first token, ${decodeTokensPerSecond.toFixed(0)} tokens/s`;
  return `[${cachedTokens} cached, ${computedTokens} computed, ${generatedTokens} generated; ${speed}]`;
}
