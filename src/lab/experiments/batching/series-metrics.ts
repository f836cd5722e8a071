// Throughput and latency of a series of requests.

import { sum } from '../../../base/sum.ts';
import { quantile } from '../../statistics.ts';
import type { ServedRequest, ServedSeries } from './data.ts';

/** Returns the requests per second, from the first arrival to the last answer. */
export const requestsPerSecond = ({ requests, seconds }: ServedSeries): number => requests.length / seconds;

export const tokensPerSecond = ({ requests, seconds }: ServedSeries): number =>
  sum(requests.map(({ tokens }) => tokens)) / seconds;

/** Returns the requests per second that were answered completely within `limitMs` of their arrival. */
export const goodput = ({ requests, seconds }: ServedSeries, limitMs: number): number =>
  requests.filter(({ latencyMs }) => latencyMs <= limitMs).length / seconds;

export const PERCENTILES = [0.5, 0.95, 0.99];

/** The minimum number of requests for which a percentile is not just the slowest request. */
const MIN_REQUESTS: Readonly<Record<number, number>> = { 0.95: 20, 0.99: 100 };
const isMeaningful = (share: number, count: number): boolean => count >= (MIN_REQUESTS[share] ?? 1);

/** Returns the percentile that sentences quote: the 95th if there are enough requests, otherwise the median. */
export const quotedPercentile = (count: number): number => (isMeaningful(0.95, count) ? 0.95 : 0.5);

export type LatencyMetric = keyof Pick<ServedRequest, 'ttftMs' | 'latencyMs'>;

export const percentileOf = ({ requests }: ServedSeries, delay: LatencyMetric, share: number): number =>
  quantile(
    requests.map((request) => request[delay]),
    share,
  );

/** Returns null if there are too few requests for the percentile. */
export const percentile = (series: ServedSeries, delay: LatencyMetric, share: number): number | null =>
  isMeaningful(share, series.requests.length) ? percentileOf(series, delay, share) : null;
