// The texts of the experiment `speculation`.

import { type BilingualText, text } from '../../text.ts';
import type { TextKindName } from './data.ts';

interface Result {
  readonly drafts: number;
  readonly accepted: string;
  readonly drafted: string;
  /** tokens per step */
  readonly perStep: string;
  /** time per step, relative to the time without drafts */
  readonly cost: string;
  /** undefined if the interval includes 1 */
  readonly speedUp: string | undefined;
  readonly range: string;
}

export const TEXTS = {
  title: text('Speculative decoding by prompt lookup', '提示查找式推测解码'),
  question: text(
    'How much faster is it to draft tokens from the text itself and to verify them in one step?',
    '从文本自身推测后续词元，并在一步内验证，收益有多大？',
  ),
  expected: text(
    'The tokens are always the same as without drafts. If the text repeats itself, a step generates several tokens, and the speed rises nearly as much, because the weights are read once for all these tokens. For other texts few tokens are drafted, and the speed stays the same.',
    '生成的词元始终与不推测时相同。文本重复时，一步可生成多个词元，速度几乎同比提高，因为这些词元只需读取一次权重；对其他文本很少推测，也不会变慢。',
  ),
  kinds: {
    repeating: text('repeating (greedy)', '重复文本（贪心）'),
    free: text('other (temperature 2)', '其他文本（温度 2）'),
  } satisfies Record<TextKindName, BilingualText>,

  text: text('text', '文本'),
  draftsPerStep: text('maximum drafts per step', '每步最多推测'),
  countsTitle: (tokens: number) =>
    text(`Steps of an answer of ${tokens} tokens`, `生成 ${tokens} 个词元的回答所需步数`),
  drafted: text('drafted', '推测数'),
  accepted: text('accepted', '接受'),
  steps: text('steps', '步数'),
  tokensPerStep: text('tokens per step', '每步词元数'),
  acceptedTitle: text('Accepted drafts', '推测词元的接受率'),
  maxDrafts: text('maximum draft tokens per step', '每步最多推测的词元数'),
  timeMetric: (kind: BilingualText, drafts: number) =>
    text(
      `${kind.en}, ${drafts} drafts per step: time per token`,
      `${kind.zh}，每步推测 ${drafts} 个：每词元耗时`,
    ),

  timeTitle: text('Cost and gain of drafts', '推测的代价与收益'),
  timePerStep: text('time per step', '每步耗时'),
  speedUp: text('speed-up', '加速比'),
  speedTitle: text('Speed by number of drafts', '速度与推测数的关系'),
  speedUpAxis: text('speed-up over no drafts', '相对不推测的加速比'),

  tokensEqual: text(
    'Every answer, greedy or sampled, has the same tokens as without drafts.',
    '无论贪心还是采样，所有回答的词元都与不推测时相同。',
  ),
  tokensDiffer: text(
    'Drafts changed the tokens of an answer. This is a bug: please report it.',
    '推测改变了回答的词元。这是缺陷，请报告。',
  ),
  result(
    kind: BilingualText,
    { drafts, accepted, drafted, perStep, cost, speedUp, range }: Result,
  ): BilingualText {
    const counts = text(
      `${kind.en}, at most ${drafts} drafts per step: ${accepted} of ${drafted} were accepted; a step generated ${perStep} tokens and took ${cost} times as long as without drafts.`,
      `${kind.zh}，每步最多推测 ${drafts} 个：${drafted} 个中接受 ${accepted} 个；每步生成 ${perStep} 个词元，耗时为不推测时的 ${cost} 倍。`,
    );
    const speed =
      speedUp === undefined
        ? text(`No speed-up is visible (95 % interval ${range}).`, `看不出加速（95 % 置信区间 ${range}）。`)
        : text(
            `The speed-up is ${speedUp} (95 % interval ${range}).`,
            `加速比为 ${speedUp}（95 % 置信区间 ${range}）。`,
          );
    return text(`${counts.en} ${speed.en}`, `${counts.zh}${speed.zh}`);
  },
  smallGain: (kind: BilingualText, speedUp: string, perStep: string) =>
    text(
      `${kind.en}: the speed rose less than the tokens per step (${speedUp} against ${perStep} times). A step also computes the drafts, including rejected drafts, which takes time if reading the weights is not the only cost.`,
      `${kind.zh}：加速比为 ${speedUp}，低于每步词元数的增幅 ${perStep} 倍。每步还要计算推测的词元，包括被拒绝的；当耗时不只在于读取权重时，这会增加耗时。`,
    ),
  slower: (kind: BilingualText, runs: readonly (readonly [drafts: number, speedUp: string])[]) =>
    text(
      `${kind.en}: slower than without drafts at these drafts per step (speed-up in parentheses): ${runs.map(([drafts, speedUp]) => `${drafts} (${speedUp})`).join(', ')}.`,
      `${kind.zh}：以下每步推测数比不推测更慢（括号内为加速比）：${runs.map(([drafts, speedUp]) => `${drafts}（${speedUp}）`).join('、')}。`,
    ),
};
