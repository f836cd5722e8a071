// Plays the same chat in each variant of the experiment `turns`.

import { join } from 'node:path';
import type { Engine } from '../../../engine/engine.ts';
import { generateTimedAnswer } from '../../answer.ts';
import type { LabBench } from '../../lab-bench.ts';
import type { Variant } from './data.ts';
import { type ChatScript, type ChatTurn, playChat } from './scripted-chat.ts';

export const REASONING_TOKENS = 16;
const DISK_BYTES = 2 ** 30;

export type ChatsByVariant = Record<Variant, readonly ChatTurn[]>;

/** @param uncached an earlier chat without reuse; if given, only its times to first token are measured again */
export async function playVariants(
  bench: LabBench,
  script: ChatScript,
  engines: Record<'none' | 'paged', Engine>,
  repetition: number,
  uncached?: readonly ChatTurn[],
): Promise<ChatsByVariant> {
  const salt = `chat ${repetition}`;
  const onTurn = (): void => bench.throwIfAborted();
  const reasoningTokens = REASONING_TOKENS;
  const disk = { maxRunning: 1, kvDisk: DISK_BYTES, kvDiskFolder: join(await bench.folder(), 'turns') };
  const restartMode = { salt, onTurn: (engine: Engine): Promise<void> => engine.dispose() };
  return {
    none:
      uncached === undefined
        ? await playChat(script, { salt, onTurn }, () => engines.none)
        : await timeFirstTokens(bench, uncached, engines.none),
    reuse: await playChat(script, { salt, onTurn }, () => engines.paged),
    restart: await playChat(script, restartMode, () => bench.engine(disk)),
    rewritten: await playChat(
      script,
      { salt: `${salt}, reasoning`, reasoningTokens, onTurn },
      () => engines.paged,
    ),
  };
}

async function timeFirstTokens(
  bench: LabBench,
  turns: readonly ChatTurn[],
  engine: Engine,
): Promise<ChatTurn[]> {
  const timed: ChatTurn[] = [];
  for (const turn of turns) {
    bench.throwIfAborted();
    timed.push({ ...turn, ttftMs: (await generateTimedAnswer(engine, turn.prompt, 1)).ttftMs });
  }
  return timed;
}

/** Returns whether the last answer of the rewritten chat equals the answer to the same prompt with nothing cached. */
export async function isRewrittenAnswerEqual(engine: Engine, chat: readonly ChatTurn[]): Promise<boolean> {
  const { prompt, tokens } = chat.at(-1)!;
  return (await generateTimedAnswer(engine, prompt, tokens.length)).tokens.join() === tokens.join();
}
