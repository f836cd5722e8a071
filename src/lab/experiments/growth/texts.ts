// The texts of the experiment `growth`.

import { type BilingualText, text } from '../../text.ts';
import type { Mode } from './data.ts';

type Compared = Readonly<Record<Mode | 'ratio', string>>;

export const TEXTS = {
  title: text('How the work per token grows', '每词元的计算量如何增长'),
  question: text(
    'How do the operations and bytes per token grow with the text, and does the time follow them?',
    '每个词元的运算量和读取字节数如何随文本增长？耗时是否随之变化？',
  ),
  expected: text(
    'With a cache, the operations per token are a constant plus a small linear term in the text length. Without a cache, they grow faster than the text. The time is a constant plus a term proportional to the operations.',
    '有缓存时，每词元运算量等于一个常数加上随文本长度缓慢增长的线性项；无缓存时，其增长快于文本长度。耗时等于一个常数加上与运算量成正比的一项。',
  ),
  modes: {
    cache: text('with a cache', '有缓存'),
    none: text('without a cache', '无缓存'),
  } satisfies Record<Mode, BilingualText>,

  countedTitle: text('Counted for one token, by text length', '单个词元的开销（计数），按文本长度'),
  linears: text('linear layers and head', '线性层与输出头'),
  attention: text('attention', '注意力'),
  keysRead: text('keys and values read', '读取的键和值'),
  weightsRead: text('weights read', '读取的权重'),
  operations: text('operations', '运算量'),
  operationsTitle: text('Operations per token, counted', '每词元运算量（计数）'),
  memoryPerToken: (bytes: string, equalLength: string) =>
    text(
      `Each token of text takes ${bytes} of KV memory, which every later token reads. From ${equalLength} tokens on, attention takes more operations than all linear layers.`,
      `文本中每个词元占用 ${bytes} 的 KV 内存，此后每个词元都要读取它；文本超过 ${equalLength} 个词元后，注意力的运算量超过全部线性层。`,
    ),

  measuredTitle: text('Time per token and the fitted line', '每词元耗时与拟合直线'),
  line: text('line', '拟合值'),
  fitTitle: text(
    'time = a + b × operations, by least squares of relative errors',
    '耗时 = a + b × 运算量（相对误差最小二乘）',
  ),
  a: text('a', 'a'),
  b: text('b', 'b'),
  rate: text('rate 1/b', '速率 1/b'),
  timeTitle: text('Time per token, measured and predicted', '每词元耗时：实测与预测'),
  lineSeries: (mode: BilingualText) => text(`${mode.en}, a + b × operations`, `${mode.zh}，a + b × 运算量`),
  timeMetric: (mode: BilingualText, length: number) =>
    text(
      `${mode.en}: time per token, text of ${length} tokens`,
      `${mode.zh}：文本 ${length} 个词元时的每词元耗时`,
    ),

  atEnd: (length: string, { ops, ms }: { readonly ops: Compared; readonly ms: Compared }) =>
    text(
      `After ${length} tokens of text, a token needs ${ops.none} million operations without a cache and ${ops.cache} million with a cache, a ratio of ${ops.ratio}. It took ${ms.none} ms and ${ms.cache} ms, a ratio of ${ms.ratio}.`,
      `文本为 ${length} 个词元时，每个词元无缓存需 ${ops.none} 百万次运算，有缓存需 ${ops.cache} 百万次，相差 ${ops.ratio} 倍；实测耗时分别为 ${ms.none} 毫秒和 ${ms.cache} 毫秒，相差 ${ms.ratio} 倍。`,
    ),
  growth: (mode: BilingualText, { from, to, ops, ms }: Record<'from' | 'to' | 'ops' | 'ms', string>) =>
    text(
      `From ${from} to ${to} tokens of text ${mode.en}, the operations per token grow to ${ops} times and the time per token to ${ms} times.`,
      `${mode.zh}：文本从 ${from} 个词元增至 ${to} 个时，每词元运算量增至 ${ops} 倍，耗时增至 ${ms} 倍。`,
    ),
  stopped: (mode: BilingualText, length: string, seconds: string) =>
    text(
      `Texts of ${length} tokens and more were not measured ${mode.en}: they would have exceeded the time budget of ${seconds} s.`,
      `${mode.zh}时，未测量 ${length} 个词元及更长的文本：会超出 ${seconds} 秒的时间预算。`,
    ),
  tooFewLengths: (minimum: number) =>
    text(
      `At least ${minimum} lengths are needed to judge a line.`,
      `至少需要 ${minimum} 个长度才能判断线性关系。`,
    ),
  noGrowth: (mode: BilingualText) =>
    text(`The time did not grow with the operations ${mode.en}.`, `${mode.zh}：耗时没有随运算量增长。`),
  lineExplains: (mode: BilingualText, percent: string) =>
    text(
      `A line in the operations explains ${percent} % of the variance of the time ${mode.en}.`,
      `${mode.zh}：运算量的线性函数可解释耗时方差的 ${percent} %。`,
    ),
  lineExplainsLittle: (mode: BilingualText, percent: string) =>
    text(
      `A line in the operations explains only ${percent} % of the variance of the time ${mode.en}: the fixed cost of a step, or other load on the machine, weighs more.`,
      `${mode.zh}：运算量的线性函数只能解释耗时方差的 ${percent} %：每步的固定开销或机器上的其他负载影响更大。`,
    ),
  lineDiffers: (mode: BilingualText, percent: string, length: string) =>
    text(
      `The line differs from the time ${mode.en} by ${percent} % at ${length} tokens: an operation of attention does not always cost as much as an operation of a linear layer.`,
      `${mode.zh}：文本为 ${length} 个词元时，拟合直线与实测相差 ${percent} %：注意力与线性层的单次运算耗时不一定相同。`,
    ),
};
