// Throughput and latency of a stream of requests.

import { sum } from '../../../base/sum.ts';
import { quantile } from '../../statistics.ts';
import type { ServedRequest, ServedStream } from './data.ts';

/** Requests per second, from the first arrival to the last answer. */
export const requestsPerSecond = ({ requests, seconds }: ServedStream): number => requests.length / seconds;

export const tokensPerSecond = ({ requests, seconds }: ServedStream): number =>
  sum(requests.map(({ tokens }) => tokens)) / seconds;

/** Requests per second that were answered completely within `limitMs` of their arrival. */
export const goodput = ({ requests, seconds }: ServedStream, limitMs: number): number =>
  requests.filter(({ latencyMs }) => latencyMs <= limitMs).length / seconds;

export const PERCENTILES = [0.5, 0.95, 0.99];

/** The least number of requests for which a percentile is more than the slowest request. */
const LEAST_REQUESTS: Readonly<Record<number, number>> = { 0.95: 20, 0.99: 100 };
const isMeaningful = (share: number, count: number): boolean => count >= (LEAST_REQUESTS[share] ?? 1);

/** The percentile that sentences quote: 95 % where the requests suffice for it, else the median. */
export const quotedPercentile = (count: number): number => (isMeaningful(0.95, count) ? 0.95 : 0.5);

export type Delay = keyof Pick<ServedRequest, 'ttftMs' | 'latencyMs'>;

export const percentileOf = ({ requests }: ServedStream, delay: Delay, share: number): number =>
  quantile(
    requests.map((request) => request[delay]),
    share,
  );

/** Returns null where the requests are too few for the percentile. */
export const percentile = (stream: ServedStream, delay: Delay, share: number): number | null =>
  isMeaningful(share, stream.requests.length) ? percentileOf(stream, delay, share) : null;
