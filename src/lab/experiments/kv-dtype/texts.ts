// The texts of the experiment `kv-dtype`.

import { text } from '../../text.ts';

type Values = readonly (readonly [value: string, type: string])[];

const listEn = (values: Values): string => values.map(([value, type]) => `${value} (${type})`).join(', ');
const listZh = (values: Values): string => values.map(([value, type]) => `${value}（${type}）`).join('、');

export const TEXTS = {
  title: text('Keys and values in fewer bits', '以更少的位数存储键和值'),
  question: text(
    'How much does a smaller type of keys and values save, and how does it change the predictions?',
    '键和值采用更小的类型能节省多少？对预测结果有多大影响？',
  ),
  expected: text(
    'f16 and bf16 halve the cache, and int8 needs less than a third of it, so a long text is read faster. At least 98 % of the most likely tokens stay the same, and perplexity changes by less than 1 %. With three more mantissa bits, f16 stays eight times closer to f32 than bf16.',
    'f16 和 bf16 使缓存减半，int8 不到三分之一，因此长文本读取更快；至少 98 % 的最可能词元不变，困惑度变化小于 1 %；f16 比 bf16 多三位尾数，与 f32 的差应为 bf16 的八分之一。',
  ),
  type: text('type', '类型'),

  qualityTitle: (positions: number) =>
    text(
      `Memory, and logits compared with f32 at ${positions} positions of a text`,
      `内存占用，以及一段文本 ${positions} 个位置上与 f32 的 logit 比较`,
    ),
  bytesPerToken: text('memory per token', '每词元内存'),
  shareOfF32: text('share of f32', '相对 f32'),
  meanDifference: text('mean logit difference', 'logit 平均差值'),
  agreement: text('same most likely token', '最可能词元一致'),
  perplexity: text('perplexity', '困惑度'),
  change: text('change of perplexity', '困惑度变化'),
  qualityChartTitle: text('The cost of a smaller cache', '缩小缓存的代价'),
  kvPerToken: text('keys and values per token', '每词元的键和值'),
  meanDifferenceAxis: text('mean logit difference from f32', '与 f32 的 logit 平均差值'),
  bytesMetric: (type: string) => text(`${type}: memory per token`, `${type}：每词元内存`),
  perplexityMetric: (type: string) => text(`${type}: perplexity`, `${type}：困惑度`),

  speedTitle: text('Memory and time as the text grows', '文本变长时的内存与耗时'),
  used: text('KV memory used', '已用 KV 内存'),
  timeMetric: (type: string, length: number) =>
    text(`${type}: time per token, text of ${length} tokens`, `${type}：文本 ${length} 个词元时的每词元耗时`),

  sizes: (f32: string, smaller: Values) =>
    text(
      `The keys and values of a token take ${f32} bytes in f32, and ${listEn(smaller)}.`,
      `每个词元的键和值在 f32 下占 ${f32} 字节，其他类型为 ${listZh(smaller)}。`,
    ),
  predictions: (
    positions: number,
    { perplexity, agreements, changes }: { perplexity: string; agreements: Values; changes: Values },
  ) =>
    text(
      `The most likely token is the same as with f32 at ${listEn(agreements)} of ${positions} positions. Perplexity is ${perplexity} with f32, and changes by ${listEn(changes)}.`,
      `在 ${positions} 个位置中，最可能的词元与 f32 一致的比例为 ${listZh(agreements)}；f32 的困惑度为 ${perplexity}，其他类型的变化为 ${listZh(changes)}。`,
    ),
  largeChange: (type: string, agreement: string, change: string) =>
    text(
      `${type} changes the predictions more than expected: ${agreement} % of the most likely tokens stay the same, and perplexity changes by ${change}.`,
      `${type} 的影响超出预期：仅 ${agreement} % 的最可能词元不变，困惑度变化 ${change}。`,
    ),
  hiddenRounding: (ratio: string) =>
    text(
      `f16 is only ${ratio} times closer to f32 than bf16. Where activations are rounded to int8 before each matrix product, any change, however small, can move some of them by a whole quantization step, which hides the rounding of keys and values. --backend reference keeps activations in f32.`,
      `bf16 与 f32 的差只有 f16 的 ${ratio} 倍。若激活值在每次矩阵乘法前舍入为 int8，再小的变化也可能使其中一些移动整整一个量化步长，从而掩盖键和值的舍入误差；--backend reference 的激活值保持 f32。`,
    ),
  times: (length: string, times: Values) =>
    text(
      `With ${length} tokens of text, the time per token in ms is ${listEn(times)}.`,
      `文本为 ${length} 个词元时，每词元耗时（毫秒）为 ${listZh(times)}。`,
    ),
  notFaster: (ranges: Values, weights: string, keys: string) =>
    text(
      `By the 95 % interval of the ratio of times, not faster than f32: ${listEn(ranges)}. A token reads ${weights} of weights and only ${keys} of keys and values in f32, and smaller types must be converted first.`,
      `按耗时比值的 95 % 置信区间，看不出比 f32 快的有：${listZh(ranges)}。每个词元要读取 ${weights} 的权重，而 f32 的键和值只有 ${keys}，且更小的类型需先转换。`,
    ),
};
