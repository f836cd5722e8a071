// A conversation that exceeds its context and is truncated by the context policy of conversations.

import { createConversation } from '../../../chat/conversation.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { LabBench } from '../../lab-bench.ts';
import type { TruncatedTurn, Truncation } from './data.ts';
import { ANSWER_TOKENS, type ChatScript } from './scripted-chat.ts';

// Shares of the context to which a full history is truncated.
const LOW_MARK = 0.5; // the default of conversations
const HIGH_MARK = 0.9; // each truncation drops only few messages

/** Returns null if the model has no chat template. */
export async function measureTruncation(bench: LabBench, script: ChatScript): Promise<Truncation | null> {
  const engine = await bench.engine({ context: bench.fullOrQuick(384, 160), maxRunning: 1 });
  if (engine.template === undefined) return null;
  const chats: Truncation['chats'] = [];
  for (const lowWater of [LOW_MARK, HIGH_MARK]) {
    const onTurn = (): void => bench.throwIfAborted();
    chats.push({ lowWater, turns: await playTruncatedChat(engine, script, { lowWater, onTurn }) });
  }
  return { contextLength: engine.contextLength, chats };
}

async function playTruncatedChat(
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
  let textTokens = 0;
  for (const question of questions) {
    onTurn();
    const { promptTokens, cachedTokens, generatedTokens, ttftMs, context } = await conversation.send(
      engine.decodeRaw(question).trim(),
      options,
    ).result;
    const cut = context.newlyDropped.messages > 0;
    // The last generated token is not computed yet, so it cannot be cached.
    const reused = !cut && cachedTokens >= textTokens - 1;
    turns.push({ promptTokens, cachedTokens, ttftMs, cut, reused });
    textTokens = promptTokens + generatedTokens;
  }
  return turns;
}
