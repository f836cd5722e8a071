// What the routes of the API share: the models, who pays for what in the cache, and when to stop.

import type { Drain } from './drain.ts';
import type { Log } from './http-errors.ts';
import type { KeyLimiter } from './key-limits.ts';
import type { ServedModels } from './served-models.ts';
import type { SseTimes } from './sse-stream.ts';

export interface ApiContext {
  readonly models: ServedModels;
  readonly drain: Drain;
  readonly sse: SseTimes;
  /** all keys share one cache */
  readonly shareCache: boolean;
  /** takes a line for each failure that is the server's own */
  readonly log: Log;
  readonly limits: KeyLimiter;
  readonly version: string;
}
