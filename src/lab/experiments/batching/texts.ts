// The texts of the experiment `batching`.

import { type BilingualText, text } from '../../text.ts';
import type { BatchingMode } from './data.ts';

interface LoadResult {
  readonly ttft: string;
  readonly latency: string;
  readonly goodput: string;
}

export const TEXTS = {
  title: text('Static and continuous batching', '静态批处理与连续批处理'),
  question: text(
    'How do throughput and latency change with the request rate, when a batch ends as a whole and when each free slot is filled at once?',
    '随着请求速率提高，整批结束后再换批与空位立即补充，吞吐量和延迟各如何变化？',
  ),
  expected: text(
    'Continuous batching answers more requests per second, and each of them sooner. A static batch lasts as long as its longest answer: meanwhile its other slots are idle, and new requests wait. The tokens of a request are the same alone and in any batch.',
    '连续批处理每秒完成更多请求，每个请求也更快。静态批处理要等批中最长的回答结束，其间其他槽位空闲，新请求只能等待。无论单独运行还是处于任何批中，同一请求的词元都相同。',
  ),
  batchings: {
    static: text('static', '静态'),
    continuous: text('continuous', '连续'),
  } satisfies Record<BatchingMode, BilingualText>,

  capacityMetric: (batching: BilingualText) => text(`${batching.en}: capacity`, `${batching.zh}：容量`),
  load: text('load', '负载'),
  batching: text('batching', '批处理方式'),
  throughputTitle: (limitMs: number) =>
    text(
      `Throughput, from the first arrival to the last answer; goodput counts answers within ${limitMs} ms`,
      `吞吐量，从首个请求到达至最后一个回答结束；${limitMs} 毫秒内的回答计入有效吞吐量`,
    ),
  requests: text('requests', '请求数'),
  arriving: text('arriving', '到达'),
  answered: text('answered', '完成'),
  goodput: text('goodput', '有效吞吐量'),
  tokens: text('tokens', '词元'),
  latencyTitle: text('Latency from the arrival of a request', '从请求到达起算的延迟'),
  wholeAnswer: text('whole answer', '完整回答'),
  percentile: (name: BilingualText, percent: number) =>
    text(`${name.en}, p${percent}`, `${name.zh} p${percent}`),
  arrivingRequests: text('arriving requests', '到达的请求'),
  latencyChartTitle: text('Latency of a whole answer, 95th percentile', '完整回答延迟（第 95 百分位）'),
  p95Latency: text('p95 latency', 'p95 延迟'),
  throughputChartTitle: text('Throughput', '吞吐量'),
  answeredRequests: text('answered requests', '完成的请求'),
  allArriving: text('all arriving requests', '全部到达的请求'),

  comparisonTitle: text('The same tokens in every batch', '任何批中的词元都相同'),
  computedAlone: text('requests answered alone', '单独完成的请求'),
  answersCompared: text('answers compared', '比较的回答数'),
  differing: text('differing', '不一致'),
  answersDiffer: (differing: number, compared: number) =>
    text(
      `${differing} of ${compared} answers changed with the batch. This is a bug: please report it.`,
      `${compared} 个回答中有 ${differing} 个因所处的批而改变。这是缺陷，请报告。`,
    ),

  capacity: (
    requests: number,
    batchSize: number,
    rates: Record<'static' | 'continuous' | 'ratio' | 'alone', string>,
  ) =>
    text(
      `${requests} requests that arrive at the same time yield ${rates.continuous} tokens/s with continuous batching and ${rates.static} tokens/s with static batches of ${batchSize}, a ratio of ${rates.ratio}. One request at a time yields ${rates.alone} tokens/s.`,
      `${requests} 个请求同时到达时，连续批处理为每秒 ${rates.continuous} 个词元，大小为 ${batchSize} 的静态批处理为 ${rates.static} 个，前者是后者的 ${rates.ratio} 倍。逐个处理时为每秒 ${rates.alone} 个词元。`,
    ),
  smallGain: ({ ratio, low, high, runs }: Record<'ratio' | 'low' | 'high', string> & { runs: number }) =>
    text(
      `The throughput gain was small or absent: ${ratio} times (95 % interval ${low} to ${high}) over ${runs} alternating runs of each.`,
      `吞吐量提升很小或没有：连续批处理是静态批处理的 ${ratio} 倍（各交替运行 ${runs} 次，95 % 置信区间 ${low} 至 ${high}）。`,
    ),
  atLoad: ({
    load,
    requests,
    share,
    limitMs,
    continuous,
    static: fixed,
  }: {
    /** percent of the capacity */
    readonly load: number;
    readonly requests: number;
    /** percentile */
    readonly share: number;
    readonly limitMs: string;
    readonly continuous: LoadResult;
    readonly static: LoadResult;
  }) =>
    text(
      `At ${load} % of capacity (n = ${requests} requests), ${share} % of the requests receive their first token within ${continuous.ttft} ms and their answer within ${continuous.latency} ms with continuous batching, and within ${fixed.ttft} and ${fixed.latency} ms with static batching. Goodput (answers within ${limitMs} ms) is ${continuous.goodput} requests per second, and ${fixed.goodput} with static batching.`,
      `负载为容量的 ${load} % 时（n = ${requests} 个请求），连续批处理下 ${share} % 的请求在 ${continuous.ttft} 毫秒内得到首词元、${continuous.latency} 毫秒内得到完整回答；静态批处理分别为 ${fixed.ttft} 和 ${fixed.latency} 毫秒。有效吞吐量（${limitMs} 毫秒内完成）为每秒 ${continuous.goodput} 个请求，静态批处理为 ${fixed.goodput} 个。`,
    ),
  staticFaster: (loads: readonly string[]) =>
    text(
      `At a load of ${loads.join(', ')}, static batching had the lower latency (p95, or the median for fewer than 20 requests).`,
      `负载为 ${loads.join('、')} 时，静态批处理的延迟反而更低（取 p95；不足 20 个请求时取中位数）。`,
    ),
  drift: (before: string, after: string) =>
    text(
      `The speed of the machine changed: the capacity was ${before} requests per second before and ${after} after. The loads are therefore not exact, and the two lines may not be comparable.`,
      `机器速度发生变化：容量在测量前为每秒 ${before} 个请求，测量后为 ${after} 个。因此负载并不精确，两条曲线未必可比。`,
    ),
};
