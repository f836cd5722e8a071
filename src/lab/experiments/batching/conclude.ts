// The sentences of the report of the experiment `batching`.

import type { Findings } from '../../findings.ts';
import { formatNumber as f } from '../../report/format-cell.ts';
import { median, ratioInterval } from '../../statistics.ts';
import type { BatchingData, LoadPoint, ServedSeries } from './data.ts';
import {
  goodput,
  type LatencyMetric,
  percentileOf,
  quotedPercentile,
  requestsPerSecond,
  tokensPerSecond,
} from './series-metrics.ts';
import { TEXTS } from './texts.ts';

const NOTABLE_RATIO = 1.2;
const DRIFT_RATIO = 1.25;
const QUOTED_LOADS: readonly number[] = [0.5, 1];

export function concludeCapacity(
  { alone, batchSize }: BatchingData,
  capacity: NonNullable<BatchingData['capacity']>,
  findings: Findings,
): void {
  const rates = {
    static: capacity.static.map(tokensPerSecond),
    continuous: capacity.continuous.map(tokensPerSecond),
  };
  const ratio = median(rates.continuous) / median(rates.static);
  findings.observe(
    TEXTS.capacity(capacity.continuous[0]!.requests.length, batchSize, {
      ...{ static: f(median(rates.static)), continuous: f(median(rates.continuous)), ratio: f(ratio) },
      alone: f(median(alone.map(tokensPerSecond))),
    }),
  );
  if (ratio >= NOTABLE_RATIO) return;
  const { low, high } = ratioInterval(rates.static, rates.continuous);
  findings.contradict(
    TEXTS.smallGain({ ratio: f(ratio), low: f(low), high: f(high), runs: rates.static.length }),
  );
}

export function conclude(data: BatchingData, findings: Findings): void {
  concludeLoads(data, findings);
  const { capacity, capacityAfter } = data;
  if (capacity === undefined || capacityAfter === undefined) return;
  const before = median(capacity.continuous.map(requestsPerSecond));
  const after = requestsPerSecond(capacityAfter);
  if (Math.max(before / after, after / before) >= DRIFT_RATIO)
    findings.contradict(TEXTS.drift(f(before), f(after)));
}

function concludeLoads({ points, limitMs }: BatchingData, findings: Findings): void {
  const slowerLoads: number[] = [];
  for (const load of new Set(points.map((point) => point.load))) {
    const seriesOf = (batching: LoadPoint['batching']): ServedSeries | undefined =>
      points.find((point) => point.load === load && point.batching === batching)?.stream;
    const [staticSeries, continuousSeries] = [seriesOf('static'), seriesOf('continuous')];
    if (staticSeries === undefined || continuousSeries === undefined) continue;
    const requests = continuousSeries.requests.length;
    const share = quotedPercentile(requests);
    const percentileIn = (series: ServedSeries, delay: LatencyMetric): number =>
      percentileOf(series, delay, share);
    if (percentileIn(continuousSeries, 'latencyMs') > NOTABLE_RATIO * percentileIn(staticSeries, 'latencyMs'))
      slowerLoads.push(load);
    if (!QUOTED_LOADS.includes(load)) continue;
    const formatted = (series: ServedSeries) => ({
      ...{ ttft: f(percentileIn(series, 'ttftMs')), latency: f(percentileIn(series, 'latencyMs')) },
      goodput: f(goodput(series, limitMs)),
    });
    findings.observe(
      TEXTS.atLoad({
        ...{ load: Math.round(100 * load), requests, share: 100 * share, limitMs: f(Math.round(limitMs)) },
        ...{ continuous: formatted(continuousSeries), static: formatted(staticSeries) },
      }),
    );
  }
  if (slowerLoads.length > 0)
    findings.contradict(TEXTS.staticFaster(slowerLoads.map((load) => `${Math.round(100 * load)} %`)));
}
