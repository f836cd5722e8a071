// Information about a served model, for model lists, health checks and metrics.

import type { EventKind } from './cache-event.ts';
import type { RequestObserver } from './request-observer.ts';

/** Basic properties of a model. The `info` of an engine has more properties. */
export interface ModelInfo {
  readonly model: string;
  /** in tokens */
  readonly contextLength: number;
  /** identifies everything that affects the bits of keys and values; absent if unknown */
  readonly fingerprint?: string;
  /** name of the backend; absent if unknown */
  readonly backend?: string;
  /** what the bits depend on besides the backend, such as an instruction set; absent if unknown */
  readonly numerics?: string;
  /** order of waiting requests; with `priority`, requests may have a priority */
  readonly scheduling?: 'first-come' | 'priority';
  /** maximum number of running sequences; absent if unknown */
  readonly maxRunning?: number;
  /** maximum number of waiting sequences; absent if unknown */
  readonly maxWaiting?: number;
  /** bytes of KV memory in this process */
  readonly kvBytes?: number;
  /** bytes of the weights in this process */
  readonly weightBytes?: number;
}

/** Bytes of KV memory by use. */
export interface KvBytes {
  readonly totalBytes: number;
  /** bytes of the blocks of running sequences */
  readonly reservedBytes: number;
  /** reserved bytes that contain computed tokens; a shared block counts once */
  readonly usedBytes: number;
  /** reserved bytes that are not used */
  readonly wastedBytes: number;
  /** bytes of cached tokens that no running sequence uses, which are evicted when blocks are needed */
  readonly cachedBytes: number;
}

/** Usage of a layer group. Each layer group has a separate pool of blocks. */
export interface KvGroupUsage extends KvBytes {
  /** number of layers */
  readonly layers: number;
  /** number of last tokens that a running sequence retains; absent if it retains all tokens */
  readonly window?: number;
}

export interface KvMemoryUsage extends KvBytes {
  readonly groups: readonly KvGroupUsage[];
}

export interface ModelCounters {
  /** number of running sequences */
  readonly running: number;
  /** number of waiting sequences */
  readonly waiting: number;
  /** number of events of each kind */
  readonly events: Readonly<Record<EventKind, number>>;
}

export interface ModelMonitor {
  readonly counters: ModelCounters;
  readonly kvUsage: KvMemoryUsage;
  /** Notifies `observer` of every later request. Returns a function that removes the observer. */
  observe(observer: RequestObserver): () => void;
}
