// The report of the experiment `batching`: tables and charts. The sentences are in conclude.ts.

import { COMMON_TEXTS } from '../../common-texts.ts';
import { column, type Findings, type RowColumn } from '../../findings.ts';
import type { Series } from '../../result.ts';
import type { BilingualText } from '../../text.ts';
import { conclude, concludeCapacity } from './conclude.ts';
import { BATCHING_MODES, type BatchingData, type LoadPoint } from './data.ts';
import {
  goodput,
  type LatencyMetric,
  PERCENTILES,
  percentile,
  requestsPerSecond,
  tokensPerSecond,
} from './series-metrics.ts';
import { TEXTS } from './texts.ts';

const NAMES = TEXTS.batchings;

export function reportBatching(data: BatchingData, findings: Findings, complete: boolean): void {
  reportCapacity(data, findings);
  if (data.points.length > 0) {
    reportLoads(data, findings);
    drawLoads(data.points, findings);
  }
  if (!complete) return;
  reportAnswers(data.answers, findings);
  conclude(data, findings);
}

function reportCapacity(data: BatchingData, findings: Findings): void {
  const { capacity } = data;
  if (capacity === undefined) return;
  const count = capacity.continuous[0]!.requests.length;
  for (const batching of BATCHING_MODES)
    findings.metric(
      {
        name: `${batching}: capacity, ${count} requests`,
        title: TEXTS.capacityMetric(NAMES[batching]),
        unit: 'tokens/s',
        better: 'higher',
      },
      capacity[batching].map(tokensPerSecond),
    );
  concludeCapacity(data, capacity, findings);
}

const POINT_COLUMNS: readonly RowColumn<LoadPoint>[] = [
  column(TEXTS.load, ({ load }) => Math.round(100 * load), '% of capacity'),
  column(TEXTS.batching, ({ batching }) => NAMES[batching]),
];

function reportLoads({ points, limitMs }: BatchingData, findings: Findings): void {
  findings.table(['throughput', TEXTS.throughputTitle(Math.round(limitMs))], points, [
    ...POINT_COLUMNS,
    column(TEXTS.requests, ({ stream }) => stream.requests.length),
    column(TEXTS.arriving, ({ rate }) => rate, '1/s'),
    column(TEXTS.answered, ({ stream }) => requestsPerSecond(stream), '1/s'),
    column(TEXTS.goodput, ({ stream }) => goodput(stream, limitMs), '1/s'),
    column(TEXTS.tokens, ({ stream }) => tokensPerSecond(stream), '1/s'),
  ]);
  const percentileColumns = (name: BilingualText, delay: LatencyMetric): RowColumn<LoadPoint>[] =>
    PERCENTILES.map((share) =>
      column(TEXTS.percentile(name, 100 * share), ({ stream }) => percentile(stream, delay, share), 'ms'),
    );
  findings.table(['latency', TEXTS.latencyTitle], points, [
    ...POINT_COLUMNS,
    ...percentileColumns(COMMON_TEXTS.firstToken, 'ttftMs'),
    ...percentileColumns(TEXTS.wholeAnswer, 'latencyMs'),
  ]);
}

function drawLoads(points: readonly LoadPoint[], findings: Findings): void {
  const x = { title: TEXTS.arrivingRequests, unit: '1/s' };
  const lines = (valueFor: (point: LoadPoint) => number | null): Series[] =>
    BATCHING_MODES.map((batching) => ({
      name: NAMES[batching],
      points: points
        .filter((point) => point.batching === batching)
        .flatMap((point): [number, number][] => {
          const value = valueFor(point);
          return value === null ? [] : [[point.rate, value]];
        }),
    }));
  const latencies = lines(({ stream }) => percentile(stream, 'latencyMs', 0.95));
  if (latencies.some((series) => series.points.length > 0))
    findings.chart({
      name: 'latency',
      kind: 'lines',
      title: TEXTS.latencyChartTitle,
      x,
      y: { title: TEXTS.p95Latency, unit: 'ms' },
      series: latencies,
    });
  findings.chart({
    name: 'throughput',
    kind: 'lines',
    title: TEXTS.throughputChartTitle,
    x,
    y: { title: TEXTS.answeredRequests, unit: '1/s' },
    series: [
      ...lines(({ stream }) => requestsPerSecond(stream)),
      {
        name: TEXTS.allArriving,
        style: 'dashes',
        points: points
          .filter(({ batching }) => batching === 'static')
          .map(({ rate }): [number, number] => [rate, rate]),
      },
    ],
  });
}

function reportAnswers(answers: BatchingData['answers'], findings: Findings): void {
  findings.table(
    ['correct', TEXTS.comparisonTitle],
    [answers],
    [
      column(TEXTS.computedAlone, ({ alone }) => alone),
      column(TEXTS.answersCompared, ({ compared }) => compared),
      column(TEXTS.differing, ({ differing }) => differing),
      column(COMMON_TEXTS.tokensEqual, ({ differing }) => differing === 0),
    ],
  );
  const { compared, differing } = answers;
  if (differing > 0) findings.contradict(TEXTS.answersDiffer(differing, compared));
}
