// The texts of the experiment `turns`.

import { type BilingualText, text } from '../../text.ts';
import type { Variant } from './data.ts';

type Times = Readonly<Record<Variant, string>>;

interface TruncationCounts {
  readonly truncatedTo: string;
  readonly truncations: number;
  readonly turnsAfter: number;
  readonly reusingTurns: number;
  readonly computed: string;
}

export const TEXTS = {
  title: text('A chat, turn by turn', '逐轮对话'),
  question: text(
    'What is the time to first token of each turn, and how much of its prompt is computed?',
    '每一轮的首词元延迟是多少？提示中有多少需要计算？',
  ),
  expected: text(
    'With reuse, a turn computes only its new message, so the time to first token is the same in every turn; without reuse, it grows with the history. A new engine restores all but the last block from disk. A template that removes the reasoning from the history makes each turn compute the previous answer again. If a truncation removes more than is necessary, most turns after it still reuse the cache.',
    '复用缓存时，每轮只计算新消息，各轮的首词元延迟相同；不复用时，延迟随历史增长。新建的引擎可从磁盘恢复除最后一块外的所有块。若模板从历史中去掉思考内容，则每轮都要重新计算上一个回答。若截断时多删一些内容，截断之后的大多数轮次仍可复用缓存。',
  ),
  variants: {
    none: text('no reuse', '不复用'),
    reuse: text('reuse', '复用'),
    restart: text('new engine, from disk', '新引擎，从磁盘恢复'),
    rewritten: text('reasoning removed', '去掉思考'),
  } satisfies Record<Variant, BilingualText>,
  contextTooShort: text('The context is too short for two turns.', '上下文太短，容不下两轮对话。'),

  comparisonTitle: (tokens: number) =>
    text(
      `Greedy answers of ${tokens} tokens, compared with those without reuse`,
      `${tokens} 个词元的贪心回答，与不复用时比较`,
    ),
  variant: text('variant', '方式'),
  answers: text('answers', '回答数'),
  equalToUncached: text('equal to those without reuse', '与不复用时一致'),
  answersEqual: text(
    'All answers are equal token by token: without reuse, with reuse, and with a new engine in each turn. The last answer of the chat with the reasoning removed is also equal to the same answer with nothing cached.',
    '所有回答逐词元一致：不复用、复用、每轮新建引擎。去掉思考的对话中，最后一个回答也与无缓存时一致。',
  ),
  answersDiffer: text(
    'Answers depend on what was cached. This is a bug: please report it.',
    '回答因缓存命中情况而异。这是缺陷，请报告。',
  ),

  turn: text('turn', '轮次'),
  tokensTitle: text('Prompt tokens cached and computed in each turn', '每轮提示中命中缓存与需要计算的词元'),
  cachedBy: (variant: BilingualText) => text(`${variant.en}: cached`, `${variant.zh}：命中`),
  computedBy: (variant: BilingualText) => text(`${variant.en}: computed`, `${variant.zh}：计算`),
  computedChartTitle: text('Prompt tokens computed in each turn', '每轮计算的提示词元'),
  computedAxis: text('prompt tokens computed', '计算的提示词元'),
  ttftTitle: text('Time to first token of each turn', '每轮的首词元延迟'),
  ttftMetric: (variant: BilingualText, turn: number) =>
    text(`${variant.en}: time to first token of turn ${turn}`, `${variant.zh}：第 ${turn} 轮的首词元延迟`),

  lastTurn: (
    turn: number,
    {
      promptTokens,
      computed,
      ms,
      total,
      totalUncached,
    }: Record<'promptTokens' | 'computed' | 'total' | 'totalUncached', string> & { ms: Times },
  ) =>
    text(
      `In turn ${turn}, with a prompt of ${promptTokens} tokens, the first token takes ${ms.none} ms without reuse. With reuse, only ${computed} tokens are computed, and the first token takes ${ms.reuse} ms. The whole chat computes ${total} prompt tokens instead of ${totalUncached}.`,
      `第 ${turn} 轮的提示有 ${promptTokens} 个词元：不复用时首词元延迟为 ${ms.none} 毫秒；复用时只计算 ${computed} 个词元，延迟为 ${ms.reuse} 毫秒。整个对话计算的提示词元从 ${totalUncached} 个降到 ${total} 个。`,
    ),
  restartAndRewrite: ({
    diskTokens,
    restartComputed,
    thoughtTokens,
    rewrittenComputed,
    ms,
  }: Record<'diskTokens' | 'restartComputed' | 'rewrittenComputed', string> & {
    thoughtTokens: number;
    ms: Times;
  }) =>
    text(
      `An engine created just before that turn reads ${diskTokens} tokens from disk and computes ${restartComputed} tokens in ${ms.restart} ms. With ${thoughtTokens} reasoning tokens removed from each answer, the engine computes ${rewrittenComputed} tokens (the new message and the previous answer) in ${ms.rewritten} ms.`,
      `在该轮之前新建的引擎从磁盘读取 ${diskTokens} 个词元，计算 ${restartComputed} 个，耗时 ${ms.restart} 毫秒。每个回答去掉 ${thoughtTokens} 个思考词元后，需计算新消息和上一个回答共 ${rewrittenComputed} 个词元，耗时 ${ms.rewritten} 毫秒。`,
    ),
  noTimeSaved: text('Reuse saved no time in the last turn.', '最后一轮中，复用没有节省时间。'),
  diskNotFaster: (ms: Times, diskTokens: string) =>
    text(
      `With a new engine, the first token took ${ms.restart} ms, which is not less than the ${ms.none} ms for computing the whole prompt, although ${diskTokens} tokens were read from disk.`,
      `新引擎的首词元延迟为 ${ms.restart} 毫秒，并不低于全部重新计算的 ${ms.none} 毫秒，尽管有 ${diskTokens} 个词元是从磁盘读取的。`,
    ),
  rewrittenComputesMore: (turns: number) =>
    text(
      `With the reasoning removed, ${turns} turns computed more than the new message and the previous answer.`,
      `去掉思考后，有 ${turns} 轮计算的词元多于新消息与上一个回答之和。`,
    ),

  noTemplate: text(
    'The model has no chat template, so truncation was not measured.',
    '模型没有对话模板，因此未测量截断。',
  ),
  truncationTitle: (context: number, answer: number) =>
    text(
      `The same chat in a context of ${context} tokens, with answers of ${answer} tokens`,
      `同一对话，上下文 ${context} 个词元，每个回答 ${answer} 个词元`,
    ),
  truncatedTo: text('truncated to', '截断至'),
  truncatedToSeries: (share: string) => text(`truncated to ${share}`, `截断至 ${share}`),
  turns: text('turns', '轮数'),
  truncations: text('truncations', '截断次数'),
  turnsAfterTruncation: text('turns after the first truncation', '首次截断后的轮数'),
  reusingTurns: text('of these, turns that reuse all text so far', '其中完全复用'),
  computedAfterTruncation: text('prompt tokens computed in these turns', '其间计算的提示词元'),
  medianFirstToken: text('median time to first token', '首词元延迟中位数'),
  truncationChartTitle: text(
    'Prompt tokens computed when the context is full',
    '上下文已满时每轮计算的提示词元',
  ),
  tooShort: text(
    'The chat was too short: no turn followed the first truncation.',
    '对话太短，首次截断之后没有后续轮次。',
  ),
  reuseMetric: text(
    'turns after the first truncation that reuse all of the text so far',
    '首次截断后完全复用已有文本的轮次',
  ),
  /**
   * @param reuseShare share of the turns that reuse all of the text so far
   * @param toLowMark the chat with truncation to the smaller share of the context
   * @param toHighMark the chat with truncation to the larger share of the context
   */
  truncationResult: (
    context: number,
    reuseShare: string,
    toLowMark: TruncationCounts,
    toHighMark: TruncationCounts,
  ) =>
    text(
      `In a context of ${context} tokens, the chat is truncated to ${toLowMark.truncatedTo} ${toLowMark.truncations} times, and ${toLowMark.reusingTurns} of ${toLowMark.turnsAfter} turns after the first truncation (${reuseShare}) reuse all of the text so far. With truncation to ${toHighMark.truncatedTo}, the chat is truncated ${toHighMark.truncations} times, and ${toHighMark.reusingTurns} of ${toHighMark.turnsAfter} turns reuse all of the text so far. The turns after the first truncation compute ${toLowMark.computed} prompt tokens with truncation to ${toLowMark.truncatedTo}, and ${toHighMark.computed} with truncation to ${toHighMark.truncatedTo}.`,
      `上下文为 ${context} 个词元时，截断至 ${toLowMark.truncatedTo} 共需 ${toLowMark.truncations} 次，首次截断后的 ${toLowMark.turnsAfter} 轮中有 ${toLowMark.reusingTurns} 轮（${reuseShare}）完全复用；截断至 ${toHighMark.truncatedTo} 共需 ${toHighMark.truncations} 次，${toHighMark.turnsAfter} 轮中有 ${toHighMark.reusingTurns} 轮完全复用。首次截断后的各轮共计算提示词元：截断至 ${toLowMark.truncatedTo} 时为 ${toLowMark.computed} 个，截断至 ${toHighMark.truncatedTo} 时为 ${toHighMark.computed} 个。`,
    ),
  fewReuse: text(
    'Most turns after the first truncation could not reuse the cache: the context holds only a few turns of this length.',
    '首次截断后的多数轮次未能复用缓存：这个上下文只容得下几轮这样长的对话。',
  ),
};
