// The measurement of the experiment `turns`.

import type { RecordData } from '../../experiment.ts';
import type { LabBench } from '../../lab-bench.ts';
import {
  type ChatsByVariant,
  isRewrittenAnswerEqual,
  playVariants,
  REASONING_TOKENS,
} from './chat-variants.ts';
import { byVariant, type TurnRecords, type TurnsData, VARIANTS, type Variant } from './data.ts';
import { ANSWER_TOKENS, createChatScript, QUESTION_TOKENS } from './scripted-chat.ts';
import { measureTruncation } from './truncated-chat.ts';

export async function measureTurns(bench: LabBench, record: RecordData<TurnsData>): Promise<TurnsData> {
  const engines = {
    none: await bench.engine({ cache: 'none', maxRunning: 1 }),
    paged: await bench.engine({ maxRunning: 1 }),
  };
  const script = await createChatScript(engines.paged, bench.fullOrQuick(20, 5), REASONING_TOKENS);
  const data: TurnsData = {
    turns: script.questions.length < 2 ? 0 : script.questions.length,
    questionTokens: QUESTION_TOKENS,
    answerTokens: ANSWER_TOKENS,
    thoughtTokens: REASONING_TOKENS,
  };
  record(data);
  if (data.turns === 0) return data;
  const repetitions = bench.fullOrQuick(bench.repetitions, 1);
  const total = repetitions + 1;
  bench.progress(0, total);
  const chats = await playVariants(bench, script, engines, 0);
  bench.progress(1, total);
  data.equal = await answersEqual(chats, () => isRewrittenAnswerEqual(engines.paged, chats.rewritten));
  data.chats = recordsOf(chats);
  for (let repetition = 1; repetition < repetitions; repetition++) {
    addTimes(data.chats, await playVariants(bench, script, engines, repetition, chats.none));
    bench.progress(1 + repetition, total);
  }
  data.truncation = await measureTruncation(bench, script);
  return data;
}

async function answersEqual(
  chats: ChatsByVariant,
  isRewrittenEqual: () => Promise<boolean>,
): Promise<Record<Variant, boolean>> {
  const answers = (variant: Variant): string => chats[variant].map(({ tokens }) => tokens.join()).join(';');
  const rewritten = await isRewrittenEqual();
  return byVariant((variant) => (variant === 'rewritten' ? rewritten : answers(variant) === answers('none')));
}

const recordsOf = (chats: ChatsByVariant): TurnRecords =>
  byVariant((variant) =>
    chats[variant].map(({ promptTokens, cachedTokens, diskTokens, ttftMs }) => ({
      ...{ promptTokens, cachedTokens, diskTokens },
      ttftMs: [ttftMs],
    })),
  );

function addTimes(records: TurnRecords, chats: ChatsByVariant): void {
  for (const variant of VARIANTS)
    for (const [turn, { ttftMs }] of chats[variant].entries()) records[variant][turn]!.ttftMs.push(ttftMs);
}
