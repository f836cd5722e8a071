// What a model tells of itself, for lists of models, health checks and metrics.

import type { EventKind } from './cache-event.ts';
import type { RequestObserver } from './request-observer.ts';

/** What an engine knows beyond this comes along. */
export interface ModelInfo {
  readonly model: string;
  /** tokens */
  readonly contextLength: number;
  /** of all that can change a bit of keys and values; absent where nobody knows */
  readonly fingerprint?: string;
  /** `priority` where requests may bring one */
  readonly scheduling?: 'first-come' | 'priority';
  /** most sequences computed at once, and most that wait beside those; absent where it does not say */
  readonly maxRunning?: number;
  readonly maxWaiting?: number;
  /** bytes of KV memory, and of the stored weights, in this process */
  readonly kvBytes?: number;
  readonly weightBytes?: number;
}

/** Bytes of KV memory by what they are for. */
export interface KvBytes {
  readonly totalBytes: number;
  /** of blocks that running sequences hold */
  readonly reservedBytes: number;
  /** of those, for tokens that are computed; what several sequences share counts once */
  readonly usedBytes: number;
  /** reserved and not used */
  readonly wastedBytes: number;
  /** of tokens that are cached for later, and evicted when room is needed */
  readonly cachedBytes: number;
}

/** Of a group of layers, which has blocks of its own. */
export interface KvGroupUsage extends KvBytes {
  /** how many of the model's layers */
  readonly layers: number;
  /** tokens that it keeps of a running sequence; all when absent */
  readonly window?: number;
}

export interface KvMemoryUsage extends KvBytes {
  readonly groups: readonly KvGroupUsage[];
}

export interface ModelCounters {
  /** sequences */
  readonly running: number;
  readonly waiting: number;
  /** how often each kind of event happened */
  readonly events: Readonly<Record<EventKind, number>>;
}

export interface ModelMonitor {
  readonly counters: ModelCounters;
  readonly kvUsage: KvMemoryUsage;
  /** Tells `observer` of each request from now on; the function that comes back ends that. */
  observe(observer: RequestObserver): () => void;
}
