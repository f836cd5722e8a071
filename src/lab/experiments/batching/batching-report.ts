// Tables and charts of `batching`.

import type { Findings } from '../../findings.ts';
import type { Cell, Column, Series } from '../../result.ts';
import { type Text, text } from '../../text.ts';
import {
  BATCHING_NAMES,
  BATCHINGS,
  goodput,
  type LoadPoint,
  PERCENTILES,
  percentiles,
  requestsPerSecond,
  tokensPerSecond,
} from './load-point.ts';

const POINT_COLUMNS: readonly Column[] = [
  { title: text('load', '负载'), unit: '% of capacity' },
  { title: text('batching', '批处理') },
];

const pointCells = ({ load, batching }: LoadPoint): Cell[] => [
  Math.round(100 * load),
  BATCHING_NAMES[batching],
];

/** @param limitMs within which an answer counts as good */
export function reportLoad(findings: Findings, points: readonly LoadPoint[], limitMs: number): void {
  findings.table({
    name: 'throughput',
    title: text(
      `Throughput, from the first arrival to the last answer; good are answers within ${Math.round(limitMs)} ms`,
      `吞吐量，从首个请求到达到最后一个回答结束；${Math.round(limitMs)} 毫秒内的回答计入有效吞吐`,
    ),
    columns: [
      ...POINT_COLUMNS,
      { title: text('requests', '请求数') },
      { title: text('arrive', '到达'), unit: '1/s' },
      { title: text('answered', '完成'), unit: '1/s' },
      { title: text('goodput', '有效吞吐'), unit: '1/s' },
      { title: text('tokens', '词元'), unit: '1/s' },
    ],
    rows: points.map((point): Cell[] => [
      ...pointCells(point),
      point.stream.requests.length,
      point.rate,
      requestsPerSecond(point.stream),
      goodput(point.stream, limitMs),
      tokensPerSecond(point.stream),
    ]),
  });
  const columns = (words: Text): Column[] =>
    PERCENTILES.map((share) => ({
      title: text(`${words.en} p${100 * share}`, `${words.zh} p${100 * share}`),
      unit: 'ms',
    }));
  findings.table({
    name: 'latency',
    title: text('Latency from the arrival of a request', '从请求到达起的延迟'),
    columns: [
      ...POINT_COLUMNS,
      ...columns(text('first token', '首个词元')),
      ...columns(text('whole answer', '完整回答')),
    ],
    rows: points.map((point) => [
      ...pointCells(point),
      ...percentiles(point.stream, 'ttftMs'),
      ...percentiles(point.stream, 'latencyMs'),
    ]),
  });
  drawLoad(findings, points);
}

function drawLoad(findings: Findings, points: readonly LoadPoint[]): void {
  const x = { title: text('requests that arrive', '到达的请求'), unit: '1/s' };
  const lines = (of: (point: LoadPoint) => number | null): Series[] =>
    BATCHINGS.map((batching) => ({
      name: BATCHING_NAMES[batching],
      points: points
        .filter((point) => point.batching === batching)
        .flatMap((point): [number, number][] => {
          const y = of(point);
          return y === null ? [] : [[point.rate, y]];
        }),
    }));
  const p95 = lines(({ stream }) => percentiles(stream, 'latencyMs')[1]!);
  if (p95.some((series) => series.points.length > 0))
    findings.chart({
      name: 'latency',
      kind: 'lines',
      title: text('Latency of a whole answer, 95th percentile', '完整回答延迟的第 95 百分位'),
      x,
      y: { title: text('p95 latency', 'p95 延迟'), unit: 'ms' },
      series: p95,
    });
  findings.chart({
    name: 'throughput',
    kind: 'lines',
    title: text('Throughput', '吞吐量'),
    x,
    y: { title: text('requests answered', '完成的请求'), unit: '1/s' },
    series: [
      ...lines(({ stream }) => requestsPerSecond(stream)),
      {
        name: text('all that arrive', '全部到达的请求'),
        style: 'dashes',
        points: points
          .filter(({ batching }) => batching === 'static')
          .map(({ rate }): [number, number] => [rate, rate]),
      },
    ],
  });
}
