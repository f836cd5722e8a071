// The ways in which the experiment `turns` plays one chat.

import { join } from 'node:path';
import type { Engine } from '../../../engine/engine.ts';
import { timedAnswer } from '../../answer.ts';
import type { LabBench } from '../../lab-bench.ts';
import { type Text, text } from '../../text.ts';
import { type ChatScript, type ChatTurn, playChat } from './scripted-chat.ts';

export const VARIANTS = ['none', 'reuse', 'restart', 'rewritten'] as const;
export type Variant = (typeof VARIANTS)[number];

export const VARIANT_NAMES: Readonly<Record<Variant, Text>> = {
  none: text('no reuse', '不复用'),
  reuse: text('reuse', '复用'),
  restart: text('a new engine, from disk', '新引擎，从磁盘读取'),
  rewritten: text('thoughts left out', '去掉思考'),
};

/** of each answer, left out of the history in `rewritten` */
export const THOUGHT_TOKENS = 16;
const DISK_BYTES = 2 ** 30;

export type Chats = Record<Variant, readonly ChatTurn[]>;

/** prompt tokens */
export const computedOf = ({ promptTokens, cachedTokens }: ChatTurn): number => promptTokens - cachedTokens;

export const byVariant = <T>(of: (variant: Variant) => T): Record<Variant, T> => ({
  none: of('none'),
  reuse: of('reuse'),
  restart: of('restart'),
  rewritten: of('rewritten'),
});

/** @param known what was computed without reuse before: only its first tokens are timed again */
export async function playAll(
  bench: LabBench,
  script: ChatScript,
  engines: Record<'none' | 'paged', Engine>,
  repetition: number,
  known?: readonly ChatTurn[],
): Promise<Chats> {
  const salt = `chat ${repetition}`;
  const onTurn = (): void => bench.check();
  const thoughtTokens = THOUGHT_TOKENS;
  const disk = { maxRunning: 1, kvDisk: DISK_BYTES, kvDiskFolder: join(await bench.folder(), 'turns') };
  const restarted = { salt, onTurn: (engine: Engine): Promise<void> => engine.dispose() };
  return {
    none:
      known === undefined
        ? await playChat(script, { salt, onTurn }, () => engines.none)
        : await firstTokensAgain(bench, known, engines.none),
    reuse: await playChat(script, { salt, onTurn }, () => engines.paged),
    restart: await playChat(script, restarted, () => bench.engine(disk)),
    rewritten: await playChat(
      script,
      { salt: `${salt}, thoughts`, thoughtTokens, onTurn },
      () => engines.paged,
    ),
  };
}

async function firstTokensAgain(
  bench: LabBench,
  known: readonly ChatTurn[],
  engine: Engine,
): Promise<ChatTurn[]> {
  const again: ChatTurn[] = [];
  for (const turn of known) {
    bench.check();
    again.push({ ...turn, ttftMs: (await timedAnswer(engine, turn.prompt, 1)).ttftMs });
  }
  return again;
}

/** The last of the chat whose history is rewritten, with nothing found: what it must be. */
export async function rewrittenAlone(engine: Engine, chat: readonly ChatTurn[]): Promise<boolean> {
  const { prompt, tokens } = chat.at(-1)!;
  return (await timedAnswer(engine, prompt, tokens.length)).tokens.join() === tokens.join();
}
