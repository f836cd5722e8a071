// The texts of the experiment `waste`.

import { type BilingualText, text } from '../../text.ts';
import type { WasteData } from './data.ts';

interface BlockUse {
  readonly wasted: string;
  readonly half: string;
  readonly entries: string;
  readonly reserved: string;
}

interface BlockCost {
  readonly entries: string;
  readonly micros: string;
  readonly preemptions: number;
}

export const TEXTS = {
  title: text('Memory that is reserved but not used', '预留而未使用的内存'),
  question: text(
    'How much KV memory is wasted when each sequence reserves one contiguous range, and how much with blocks of each size?',
    '每个序列预留一段连续内存会浪费多少 KV 内存？使用各种大小的块又会浪费多少？',
  ),
  expected: text(
    'Reserving the whole context for each sequence leaves most of the memory unused. Blocks waste less than one block per sequence, half a block on average, so with blocks of 16 tokens over 96 % is used and several times as many sequences fit.',
    '为每个序列预留整个上下文会闲置大部分内存。分块后，每个序列的浪费不到一块，平均为半块，因此块大小为 16 个词元时使用率超过 96 %，可容纳的序列数增至数倍。',
  ),
  contiguous: text('contiguous', '连续'),
  blocks: (size: number) => text(`blocks of ${size}`, `块大小 ${size}`),

  useTitle: ({ requests, prompt, answer, contextLength, contexts }: WasteData) =>
    text(
      `${requests} requests with log-normal lengths (prompt: median ${prompt.median}, σ ${prompt.spread}; answer: median ${answer.median}, σ ${answer.spread}), at most ${contextLength} tokens; memory for ${contexts} contexts`,
      `${requests} 个请求，长度服从对数正态分布（提示：中位数 ${prompt.median}，σ ${prompt.spread}；回答：中位数 ${answer.median}，σ ${answer.spread}），最多 ${contextLength} 个词元；内存可容纳 ${contexts} 个上下文`,
    ),
  allocation: text('allocation', '分配方式'),
  usedOfReserved: text('used / reserved', '占预留内存'),
  usedOfAll: text('used / total', '占全部内存'),
  sequences: text('sequences running', '同时运行的序列'),
  wastedPerSequence: text('wasted per sequence', '每序列平均浪费'),
  mostWasted: text('largest waste', '单序列最多浪费'),
  preemptions: text('preemptions', '抢占次数'),
  useChartTitle: text('Share of reserved KV memory that contains tokens', '预留的 KV 内存中存有词元的比例'),
  used: text('used', '使用率'),
  measuredHere: text('measured here', '本次测量'),
  paper: text('Kwon et al. 2023, their requests', 'Kwon 等 2023（其请求）'),
  usedMetric: (name: BilingualText) => text(`${name.en}: used / reserved`, `${name.zh}：占预留内存`),
  sequencesMetric: (name: BilingualText) =>
    text(`${name.en}: sequences running`, `${name.zh}：同时运行的序列`),

  metadataTitle: text('The cost of small blocks', '小块的代价'),
  tableBlocks: text('blocks per block table', '每个块表的块数'),
  poolBlocks: text('blocks in the pool', '块池中的块数'),
  planning: text('scheduling and bookkeeping', '调度与簿记'),
  wasteChartTitle: text('Waste per sequence', '每个序列的浪费'),
  blockSize: text('block size', '块大小'),
  wastedAxis: text('reserved but not used', '预留而未使用'),
  measured: text('measured', '实测'),
  halfBlock: text('half a block', '半块'),
  bound: text('bound: one block', '上界：一块'),

  comparison: (
    size: number,
    {
      contiguous,
      paged,
      contiguousSequences,
      pagedSequences,
      ratio,
    }: Record<'contiguous' | 'paged' | 'contiguousSequences' | 'pagedSequences' | 'ratio', string>,
  ) =>
    text(
      `Of the reserved memory, ${contiguous} % is used when each sequence reserves the whole context, and ${paged} % with blocks of ${size}. On average ${pagedSequences} sequences run at once instead of ${contiguousSequences}, ${ratio} times as many.`,
      `每个序列预留整个上下文时，预留内存的使用率为 ${contiguous} %；块大小为 ${size} 时为 ${paged} %。平均同时运行的序列从 ${contiguousSequences} 个增至 ${pagedSequences} 个，为原来的 ${ratio} 倍。`,
    ),
  paperResult: (minimum: string, maximum: string, vllm: string) =>
    text(
      `Kwon et al. found ${minimum} to ${maximum} % in systems that reserve contiguous memory, and ${vllm} % in vLLM. Here, each contiguous range is as long as the context, as in Orca (Max), and no memory is lost to fragmentation between ranges.`,
      `Kwon 等测得：预留连续内存的系统使用率为 ${minimum} 至 ${maximum} %，vLLM 为 ${vllm} %。这里每段连续内存都与上下文等长，与 Orca (Max) 相同，且段间没有碎片。`,
    ),
  wasteBeyondBlock: (names: readonly BilingualText[]) =>
    text(
      `A sequence wasted a whole block or more with ${names.map(({ en }) => en).join(', ')}. This is a bug: please report it.`,
      `${names.map(({ zh }) => zh).join('、')} 时，有序列的浪费达到或超过一整块。这是缺陷，请报告。`,
    ),
  wasteBelowBlock: (size: number, { wasted, half, entries }: BlockUse) =>
    text(
      `At every size the waste stayed below one block per sequence. With blocks of ${size} the waste is ${wasted} tokens (half a block would be ${half}), and the block table of a sequence has ${entries} entries.`,
      `各种块大小下，每个序列的浪费都不到一块。块大小为 ${size} 时浪费 ${wasted} 个词元（半块为 ${half}），每个序列的块表有 ${entries} 项。`,
    ),
  littleUsed: (size: number, minimum: string, { wasted, reserved }: BlockUse) =>
    text(
      `With blocks of ${size}, less than ${minimum} % of the reserved memory is used: a sequence wastes ${wasted} of the ${reserved} tokens that it reserves on average.`,
      `块大小为 ${size} 时使用率不足 ${minimum} %：平均每个序列预留 ${reserved} 个词元的内存，浪费其中 ${wasted} 个。`,
    ),
  smallBlocks: ({
    defaultSize,
    smallest,
    defaultBlocks,
    largestSize,
    largestUsed,
  }: {
    readonly defaultSize: number;
    readonly smallest: BlockCost;
    readonly defaultBlocks: BlockCost;
    readonly largestSize: number;
    readonly largestUsed: string;
  }) =>
    text(
      `Smaller blocks save little more memory and cost more: with blocks of 1, a block table has ${smallest.entries} entries, scheduling a step takes ${smallest.micros} µs instead of ${defaultBlocks.micros} µs, and sequences that were admitted too early are preempted ${smallest.preemptions} times instead of ${defaultBlocks.preemptions} times. Blocks of ${largestSize} use only ${largestUsed} %.`,
      `更小的块节省有限，却有代价：块大小为 1 时，每个块表有 ${smallest.entries} 项，调度一步需 ${smallest.micros} 微秒（块大小为 ${defaultSize} 时为 ${defaultBlocks.micros} 微秒），过早准入的序列被抢占 ${smallest.preemptions} 次（块大小为 ${defaultSize} 时为 ${defaultBlocks.preemptions} 次）。块大小为 ${largestSize} 时使用率只有 ${largestUsed} %。`,
    ),
};
