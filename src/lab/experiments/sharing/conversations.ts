// The part of the experiment `sharing` that measures many conversations with one system prompt.

import type { Engine } from '../../../engine/engine.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { CONVERSATION_KINDS, type ConversationKind, type Conversations } from './data.ts';
import { generateConversationAnswers, haveSameTokens, type ManyAnswers, storedRun } from './many-answers.ts';
import { sequenceMemoryFor } from './sequence-memory.ts';

const SYSTEM_TOKENS = 200;
const CONTEXT = 256; // tokens of a conversation

export async function measureConversations(bench: LabBench, answerTokens: number): Promise<Conversations> {
  const count = bench.fullOrQuick(50, 6);
  const { choice, modelName, contextLength, contextBytes } = await sequenceMemoryFor(bench, CONTEXT);
  const options = { context: contextLength, kvMemory: (count + 1) * contextBytes, maxRunning: count };
  const runs: Record<ConversationKind, ManyAnswers[]> = { shared: [], separate: [] };
  const repetitions = Math.min(bench.repetitions, bench.fullOrQuick(3, 1));
  for (let round = 0; round <= repetitions; round++)
    for (const kind of round % 2 === 0 ? CONVERSATION_KINDS : CONVERSATION_KINDS.toReversed()) {
      bench.throwIfAborted();
      await using engine = await bench.engine(options, choice);
      const prompts = await promptsOf(engine, count);
      const run = await generateConversationAnswers(engine, prompts, answerTokens, kind === 'shared');
      if (round > 0) runs[kind].push(run); // the first round runs the lazy initialization
    }
  return {
    ...{ count, modelName, systemTokens: SYSTEM_TOKENS },
    runs: { shared: runs.shared.map(storedRun), separate: runs.separate.map(storedRun) },
    tokensEqual: haveSameTokens(runs.shared[0]!, runs.separate[0]!),
  };
}

async function promptsOf(engine: Engine, count: number): Promise<number[][]> {
  const system = await passageTokens(engine, SYSTEM_TOKENS);
  return Array.from({ length: count }, (_, i) => [
    ...system,
    ...engine.tokenizer.encode(` Number ${i} asked: what did ship ${count - i} carry?`, { place: 'inside' }),
  ]);
}
