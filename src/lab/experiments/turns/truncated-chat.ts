// A conversation that outgrows its context and is cut, by the policy that conversations have.

import { createConversation } from '../../../chat/conversation.ts';
import type { Engine } from '../../../engine/engine.ts';
import { ANSWER_TOKENS, type ChatScript } from './scripted-chat.ts';

export interface TruncatedTurn {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly ttftMs: number;
  /** this turn dropped messages */
  readonly cut: boolean;
  /** all of the text so far was found */
  readonly reused: boolean;
}

/** @param lowWater share of the context that a prompt may take after a cut */
export async function playTruncatedChat(
  engine: Engine,
  { system, questions }: ChatScript,
  { lowWater, onTurn }: { lowWater: number; onTurn: () => void },
): Promise<TruncatedTurn[]> {
  const conversation = createConversation(engine, {
    system: engine.decodeRaw(system).trim(),
    contextPolicy: { kind: 'truncate', lowWater },
  });
  const options = {
    temperature: 0,
    maxTokens: ANSWER_TOKENS,
    minTokens: ANSWER_TOKENS,
    cacheSalt: `truncated at ${lowWater}`,
  };
  const turns: TruncatedTurn[] = [];
  let known = 0;
  for (const question of questions) {
    onTurn();
    const { promptTokens, cachedTokens, generatedTokens, ttftMs, context } = await conversation.send(
      engine.decodeRaw(question).trim(),
      options,
    ).result;
    const cut = context.newlyDropped.messages > 0;
    turns.push({ promptTokens, cachedTokens, ttftMs, cut, reused: !cut && cachedTokens >= known - 1 });
    known = promptTokens + generatedTokens; // the last of them is not computed yet
  }
  return turns;
}

export interface TruncationSummary {
  readonly cuts: number;
  /** turns after the first cut */
  readonly after: number;
  /** of those, how many found all of the text so far */
  readonly reused: number;
  /** prompt tokens that they computed */
  readonly computed: number;
}

export function summarizeTruncation(turns: readonly TruncatedTurn[]): TruncationSummary {
  const first = turns.findIndex(({ cut }) => cut);
  const after = first < 0 ? [] : turns.slice(first + 1);
  return {
    cuts: turns.filter(({ cut }) => cut).length,
    after: after.length,
    reused: after.filter(({ reused }) => reused).length,
    computed: after.reduce((total, { promptTokens, cachedTokens }) => total + promptTokens - cachedTokens, 0),
  };
}
