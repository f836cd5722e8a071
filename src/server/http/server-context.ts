// What the protocols and operations of a server share: the service, who pays for what in the cache, and when to stop.

import type { Service } from '../../service/service.ts';
import type { Drain } from './connections/drain.ts';
import type { Log } from './errors/http-errors.ts';
import type { KeyLimiter } from './keys/key-limiter.ts';
import type { DescribedRoute } from './openapi/route-description.ts';
import type { SseTimes } from './responses/sse-stream.ts';

export interface ApiContext {
  readonly service: Service;
  /** of the service */
  readonly models: Service['models'];
  readonly drain: Drain;
  readonly sse: SseTimes;
  readonly sockets: SocketLimits;
  /** all keys share one cache */
  readonly shareCache: boolean;
  /** origins besides the server's own whose pages may use it */
  readonly allowedOrigins: readonly string[];
  /** takes a line for each failure that is the server's own */
  readonly log: Log;
  readonly limits: KeyLimiter;
  readonly version: string;
  /** a bearer key is asked for */
  readonly keyed: boolean;
  /** described so far, and from now on */
  readonly routes: readonly DescribedRoute[];
  readonly parts: ServerParts;
}

/** What is absent is as limits.ts says. */
export interface SocketLimits {
  /** sockets at the same time */
  readonly most: number | undefined;
  /** turns that one may have under way, those that wait included */
  readonly mostTurns: number | undefined;
  /** each is asked so often whether it is there */
  readonly pingMs: number | undefined;
  /** one message may take so long to come */
  readonly messageMs: number | undefined;
}

/** What protocols with connections of their own do when the server stops, and when keys are none any more. */
export interface ServerParts {
  /** take no more connections; those that are there go on */
  readonly stopping: (() => void)[];
  /** close the connections of these keys */
  readonly revoking: ((keyIds: readonly string[]) => void)[];
}
