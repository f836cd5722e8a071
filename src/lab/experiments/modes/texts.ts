// The texts of the experiment `modes`.

import { type BilingualText, text } from '../../text.ts';
import type { Mode } from './data.ts';

interface Rise {
  readonly first: number;
  readonly last: number;
  readonly percent: string;
  /** µs per token of text */
  readonly slope: string;
  readonly r2: string;
}

export const TEXTS = {
  title: text('No cache, contiguous, paged', '无缓存、连续缓存、分页缓存'),
  question: text('How do time and memory change as a text grows?', '文本变长时，耗时和内存如何变化？'),
  expected: text(
    'Without a cache, the time per token grows with the text, because every new token recomputes the whole text. With a cache, it stays nearly flat. All tokens and logits are equal to the bit.',
    '没有缓存时，每个新词元都要重新计算整段文本，因此每词元耗时随文本增长；有缓存时几乎不变。所有词元和 logit 逐位一致。',
  ),
  modes: {
    none: text('no cache', '无缓存'),
    contiguous: text('contiguous', '连续缓存'),
    paged: text('paged', '分页缓存'),
  } satisfies Record<Mode, BilingualText>,

  comparisonTitle: (tokens: number) =>
    text(`The same ${tokens}-token answer in each mode`, `各模式生成的同一个 ${tokens} 词元回答`),
  totalTime: text('total time', '总耗时'),
  answersEqual: text(
    'All tokens and all logits are equal to the bit in the three modes.',
    '三种模式下，所有词元和 logit 均逐位一致。',
  ),
  answersDiffer: text(
    'Logits differ between the modes. This is a bug: please report it.',
    '不同模式的 logit 不一致。这是缺陷，请报告。',
  ),

  timeTitle: text('Time as the text grows', '文本变长时的耗时'),
  promptAndTokens: (tokens: number) => text(`prompt and ${tokens} tokens`, `提示加 ${tokens} 个词元`),
  timeMetric: (mode: BilingualText, length: number) =>
    text(
      `${mode.en}: time per token, text of ${length} tokens`,
      `${mode.zh}：文本 ${length} 个词元时的每词元耗时`,
    ),

  memoryTitle: text('KV memory when the last token was generated', '生成最后一个词元时的 KV 内存'),
  memoryChartTitle: text('KV memory of one sequence', '单个序列的 KV 内存'),
  reserved: text('reserved', '预留'),
  used: text('used', '已用'),
  wasted: text('wasted', '浪费'),
  reservedSeries: (mode: BilingualText) => text(`${mode.en}, reserved`, `${mode.zh}，预留`),
  wastedSeries: (mode: BilingualText) => text(`${mode.en}, wasted`, `${mode.zh}，浪费`),

  fitTitle: text('Straight line through the times', '耗时的直线拟合'),
  intercept: text('at length 0', '长度为 0 时'),
  slope: text('growth per token of text', '文本每增加一个词元的增量'),
  timesAtEnd: (length: number, ms: Readonly<Record<Mode, string>>, ratio: string) =>
    text(
      `With ${length} tokens of text, a token takes ${ms.none} ms without a cache, ${ms.contiguous} ms with a contiguous cache and ${ms.paged} ms with a paged cache. Without a cache it takes ${ratio} times as long as with a paged cache.`,
      `文本为 ${length} 个词元时，每词元耗时：无缓存 ${ms.none} 毫秒，连续缓存 ${ms.contiguous} 毫秒，分页缓存 ${ms.paged} 毫秒；无缓存是分页缓存的 ${ratio} 倍。`,
    ),
  noGrowth: text(
    'Without a cache, the time per token did not grow with the text.',
    '无缓存时，每词元耗时没有随文本增长。',
  ),
  notFlat: (mode: BilingualText, { first, last, percent, slope, r2 }: Rise) =>
    text(
      `${mode.en}: a token takes ${percent} % longer at ${last} tokens of text than at ${first}. A line through the times rises by ${slope} µs per token of text (R² ${r2}).`,
      `${mode.zh}：文本为 ${last} 个词元时，每词元耗时比 ${first} 个词元时多 ${percent} %；拟合直线的斜率为每个文本词元 ${slope} 微秒（R² ${r2}）。`,
    ),
};
