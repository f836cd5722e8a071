// Information about a served model, for model lists, health checks and metrics.

import type { EventKind } from './cache-event.ts';
import type { RequestObserver } from './request-observer.ts';

/** Basic properties; an engine's `info` has more. */
export interface ModelInfo {
  readonly model: string;
  /** tokens */
  readonly contextLength: number;
  /** identifies everything that affects the bits of keys and values; absent when unknown */
  readonly fingerprint?: string;
  /** order of waiting requests; `priority` if requests may have one */
  readonly scheduling?: 'first-come' | 'priority';
  /** most running and most waiting sequences; absent when unknown */
  readonly maxRunning?: number;
  readonly maxWaiting?: number;
  /** bytes of KV memory, and of the stored weights, in this process */
  readonly kvBytes?: number;
  readonly weightBytes?: number;
}

/** Bytes of KV memory by use. */
export interface KvBytes {
  readonly totalBytes: number;
  /** blocks of running sequences */
  readonly reservedBytes: number;
  /** the part of them that holds computed tokens; shared blocks count once */
  readonly usedBytes: number;
  /** reserved and not used */
  readonly wastedBytes: number;
  /** cached tokens that no running sequence uses; evicted when blocks are needed */
  readonly cachedBytes: number;
}

/** Usage of a group of layers, which has its own pool of blocks. */
export interface KvGroupUsage extends KvBytes {
  /** number of layers */
  readonly layers: number;
  /** tokens that are kept of a running sequence; all when absent */
  readonly window?: number;
}

export interface KvMemoryUsage extends KvBytes {
  readonly groups: readonly KvGroupUsage[];
}

export interface ModelCounters {
  /** sequences */
  readonly running: number;
  readonly waiting: number;
  /** counts of each kind of event */
  readonly events: Readonly<Record<EventKind, number>>;
}

export interface ModelMonitor {
  readonly counters: ModelCounters;
  readonly kvUsage: KvMemoryUsage;
  /** Notifies `observer` of every request from now on. Returns a function that removes it. */
  observe(observer: RequestObserver): () => void;
}
