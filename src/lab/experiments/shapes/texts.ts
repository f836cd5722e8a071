// The texts of the experiment `shapes`.

import { type BilingualText, text } from '../../text.ts';
import type { LayerKind, Mode } from './data.ts';

interface HeadCounts {
  readonly heads: number;
  readonly kvHeads: number;
  /** elements cached per token and layer, with grouped heads and without */
  readonly cached: string;
  readonly ungrouped: string;
}

export const TEXTS = {
  title: text('What a step computes', '每一步计算什么'),
  question: text(
    'Which tokens does a step compute, and what are the shapes of Q, K, V, the cache and the mask?',
    '每一步计算哪些词元？Q、K、V、缓存和掩码的形状是什么？',
  ),
  expected: text(
    'With a cache, the prompt is computed once, and each later step computes one token, whose Q attends to the K and V of all earlier tokens. Without a cache, each step computes the whole text again.',
    '有缓存时，提示只计算一次，之后每步只计算一个词元，其 Q 对此前所有词元的 K、V 做注意力；无缓存时，每步都重新计算整段文本。',
  ),
  modes: {
    paged: text('with a cache', '有缓存'),
    none: text('no cache', '无缓存'),
  } satisfies Record<Mode, BilingualText>,

  /** Returns a text such as `each of 5 layers (0 – 4)`. */
  layers({ layers, window }: LayerKind): BilingualText {
    const first = layers[0]!;
    const consecutive = layers.every((layer, i) => layer === first + i);
    const numbers = consecutive && layers.length > 1 ? `${first} – ${layers.at(-1)}` : layers.join(', ');
    return window === undefined
      ? text(`each of ${layers.length} layers (${numbers})`, `共 ${layers.length} 层（${numbers}），每层`)
      : text(
          `each of ${layers.length} layers (${numbers}) with a window of ${window} tokens`,
          `共 ${layers.length} 层（${numbers}），窗口 ${window} 个词元，每层`,
        );
  },

  stepLine: (
    mode: BilingualText,
    { number, computed, context }: Record<'number' | 'computed' | 'context', number>,
  ) =>
    text(
      `${mode.en}, step ${number}: ${computed} of ${context} tokens computed`,
      `${mode.zh}，第 ${number} 步：文本共 ${context} 个词元，计算 ${computed} 个`,
    ),
  tokensLabel: text('  tokens', '  词元'),
  positionsLabel: text('  positions', '  位置'),
  chosenLabel: text('  generated', '  生成'),
  attendsLine: (shape: string, queryHeads: number) =>
    text(
      `    attends   ${shape}, ${queryHeads === 1 ? 'one K and V head per Q head' : `each K and V head shared by ${queryHeads} Q heads`}`,
      `    注意力    ${shape}，${queryHeads === 1 ? '每个 Q 头对应一个 K、V 头' : `每个 K、V 头由 ${queryHeads} 个 Q 头共用`}`,
    ),
  cacheLine: (before: number, after: number, discarded: boolean) =>
    text(
      `    cache     ${before} -> ${after} tokens${discarded ? ': discarded when the token has been generated' : ''}`,
      `    缓存      ${before} -> ${after} 个词元${discarded ? '：生成词元后即丢弃' : ''}`,
    ),
  maskLine: (row: string) => text(`    mask      ${row}`, `    掩码      ${row}`),

  stepsTitle: text(
    'Each step, in each layer; shapes are [tokens, heads, head size]',
    '每一步在每层的情况；形状为 [词元数, 头数, 头维度]',
  ),
  step: text('step', '步骤'),
  layersColumn: text('layers', '层'),
  computed: text('computed', '计算'),
  positions: text('positions', '位置'),
  queries: text('Q', 'Q'),
  newKeys: text('new K and V', '新增 K、V'),
  readKeys: text('K and V attended to', '参与注意力的 K、V'),
  cachedBefore: text('cached before', '步骤前已缓存'),
  cachedAfter: text('cached after', '步骤后已缓存'),
  masksTitle: text(
    'Mask of each step: one row per computed token, ■ for each visible token',
    '每一步的掩码：每个计算的词元一行，■ 表示可见词元',
  ),
  maskRows: text('rows', '各行'),

  computedChartTitle: text('Tokens computed for each new token', '每个新词元所需计算的词元数'),
  newToken: text('new token', '新词元'),
  computedAxis: text('computed', '计算量'),
  computedMetric: (mode: BilingualText) =>
    text(`${mode.en}: tokens computed in total`, `${mode.zh}：计算的词元总数`),
  computedInTotal: (generated: number, cached: string, uncached: string) =>
    text(
      `For ${generated} new tokens, ${cached} tokens were computed with a cache, and ${uncached} tokens without a cache.`,
      `生成 ${generated} 个新词元，有缓存时共计算 ${cached} 个词元，无缓存时共计算 ${uncached} 个。`,
    ),
  heads: ({ heads, kvHeads, cached, ungrouped }: HeadCounts) =>
    heads === kvHeads
      ? text(
          `Each of ${heads} query heads has a separate key and value head: the cache stores ${cached} elements per token in each layer.`,
          `${heads} 个查询头各对应一个键值头：缓存在每层为每个词元保存 ${cached} 个元素。`,
        )
      : text(
          `${heads} query heads share ${kvHeads} key and value heads: the cache stores ${cached} elements per token in each layer instead of ${ungrouped}.`,
          `${heads} 个查询头共用 ${kvHeads} 个键值头：缓存在每层为每个词元保存 ${cached} 个元素，而不是 ${ungrouped} 个。`,
        ),
  sameTokens: text('The generated tokens are the same.', '两者生成的词元相同。'),
  differentTokens: text(
    'The generated tokens differ. This is a bug: please report it.',
    '两者生成的词元不同。这是缺陷，请报告。',
  ),
  unexpectedCounts: text(
    'The steps did not compute the expected numbers of tokens.',
    '各步计算的词元数与预期不同。',
  ),
};
