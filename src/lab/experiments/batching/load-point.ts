// What was measured at one rate of requests under one way of batching.

import { sum } from '../../../base/sum.ts';
import { quantile } from '../../statistics.ts';
import { type Text, text } from '../../text.ts';
import type { ServedRequest, ServedStream } from './request-stream.ts';

export const BATCHINGS = ['static', 'continuous'] as const;
export type Batching = (typeof BATCHINGS)[number];

export const BATCHING_NAMES: Readonly<Record<Batching, Text>> = {
  static: text('static', '静态'),
  continuous: text('continuous', '连续'),
};

export interface LoadPoint {
  readonly batching: Batching;
  /** of the capacity, that requests ask for */
  readonly load: number;
  /** requests a second that arrive */
  readonly rate: number;
  readonly stream: ServedStream;
}

/** Requests a second, from the first arrival to the last answer. */
export const requestsPerSecond = ({ requests, seconds }: ServedStream): number => requests.length / seconds;

export const tokensPerSecond = ({ requests, seconds }: ServedStream): number =>
  sum(requests.map(({ tokens }) => tokens.length)) / seconds;

/** Requests a second that were answered whole within `limitMs` of their arrival. */
export const goodput = ({ requests, seconds }: ServedStream, limitMs: number): number =>
  requests.filter(({ latencyMs }) => latencyMs <= limitMs).length / seconds;

export const PERCENTILES = [0.5, 0.95, 0.99];

/** Requests from which on a percentile is more than the slowest of them. */
const LEAST_FOR: Readonly<Record<number, number>> = { 0.95: 20, 0.99: 100 };
const known = (share: number, count: number): boolean => count >= (LEAST_FOR[share] ?? 1);

/** The share of requests, 95 % where that is known, else half of them, that sentences speak of. */
export const spokenShare = (count: number): number => (known(0.95, count) ? 0.95 : 0.5);

type Waited = keyof Pick<ServedRequest, 'ttftMs' | 'latencyMs'>;

export const latency = ({ requests }: ServedStream, what: Waited, share: number): number =>
  quantile(
    requests.map((request) => request[what]),
    share,
  );

/** By {@link PERCENTILES}; null where the requests are too few for one. */
export const percentiles = (stream: ServedStream, what: Waited): (number | null)[] =>
  PERCENTILES.map((share) => (known(share, stream.requests.length) ? latency(stream, what, share) : null));
