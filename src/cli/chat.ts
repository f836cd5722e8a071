// `quire chat`: a conversation in the terminal. Prints the numbers of cached and computed tokens below each answer.

import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { asQuireError } from '../base/errors.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import { createConversation } from '../chat/conversation.ts';
import type { Conversation } from '../chat/conversation-types.ts';
import { AdaptedCompleter } from '../completion/adapters.ts';
import type { GenerationResult } from '../completion/generation.ts';
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
  samplingOptions,
  type UseAdapterFlag,
} from './model-options.ts';
import { requireChatTemplate } from './require-template.ts';
import { writeDiagnostic, writeOutput } from './terminal.ts';

interface ChatFlags extends ModelFlags, UseAdapterFlag, SamplingFlags {
  readonly system?: string;
}

export function chatCommand(): Command {
  const command = new Command('chat')
    .description('chat with a model in the terminal')
    .option('--system <text>', 'a system message');
  return addSamplingOptions(addUseAdapterOption(addDiskOptions(addModelOptions(command)))).action(chat);
}

async function chat(flags: ChatFlags): Promise<void> {
  checkUsedAdapter(flags);
  await requireChatTemplate(flags);
  const baseIsReported = (): void => {}; // by requireChatTemplate
  await using engine = await loadWithProgress(flags, {}, baseIsReported);
  const { model, cache, contextLength } = engine.info;
  writeDiagnostic(
    `${model}, cache ${cache}, context ${contextLength}. Ctrl-C stops an answer, Ctrl-D quits.`,
  );
  const { useAdapter } = flags;
  const completer = useAdapter === undefined ? engine : new AdaptedCompleter(engine, useAdapter);
  const conversation = createConversation(completer, omitUndefined({ system: flags.system }));
  const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' });
  terminal.on('SIGINT', () => process.emit('SIGINT'));
  const quitWhenIdle = (): void => {
    process.exitCode = INTERRUPT_EXIT_CODE;
    terminal.close(); // ends the loop below, after which the engine is disposed of and can finish offloading blocks
  };
  process.on('SIGINT', quitWhenIdle);
  terminal.prompt();
  for await (const line of terminal) {
    process.off('SIGINT', quitWhenIdle);
    if (line.trim() !== '') await answer(conversation, line, flags);
    process.on('SIGINT', quitWhenIdle);
    terminal.prompt();
  }
  process.off('SIGINT', quitWhenIdle);
}

async function answer(conversation: Conversation, line: string, flags: ChatFlags): Promise<void> {
  try {
    await runInterruptible(async (signal) => {
      const stream = conversation.send(line, { ...samplingOptions(flags), signal });
      await consumePieces(stream, writeOutput);
      writeOutput('\n');
      writeDiagnostic(summary(await stream.result));
    });
  } catch (error) {
    writeDiagnostic(asQuireError(error).fullLine); // the conversation continues
  }
}

function summary(result: GenerationResult): string {
  const { cachedTokens, computedTokens, generatedTokens, ttftMs, decodeTokensPerSecond } = result;
  const speed = `${ttftMs.toFixed(0)} ms to the first token, ${decodeTokensPerSecond.toFixed(0)} tokens/s`;
  return `[${cachedTokens} cached, ${computedTokens} computed, ${generatedTokens} generated; ${speed}]`;
}
