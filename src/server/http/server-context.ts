// What all routes of a server share: the service, cache isolation settings, limits and shutdown state.

import type { Service } from '../../service/service.ts';
import type { Drain } from './connections/drain.ts';
import type { KeyLimiter } from './keys/key-limiter.ts';
import type { Log } from './logs/fault-log.ts';
import type { DescribedRoute } from './openapi/route-description.ts';
import type { SseTimeouts } from './responses/sse-stream.ts';

export interface ServerContext {
  readonly service: Service;
  /** `service.models` */
  readonly models: Service['models'];
  readonly drain: Drain;
  readonly sse: SseTimeouts;
  readonly sockets: SocketLimits;
  /** all keys share one prefix cache */
  readonly shareCache: boolean;
  /** origins, besides the server's own, whose pages may use the server */
  readonly allowedOrigins: readonly string[];
  /** receives one line for each fault of the server */
  readonly log: Log;
  readonly limits: KeyLimiter;
  readonly version: string;
  /** requests need a bearer key */
  readonly requiresKey: boolean;
  /** grows with each route that is registered */
  readonly routes: readonly DescribedRoute[];
  readonly hooks: LifecycleHooks;
}

/** Limits of chat sockets; undefined means the default in limits.ts. */
export interface SocketLimits {
  /** sockets open at the same time */
  readonly maxSockets: number | undefined;
  /** turns of one socket that run or wait at the same time */
  readonly maxTurns: number | undefined;
  readonly pingMs: number | undefined;
  /** time to receive one message */
  readonly messageTimeoutMs: number | undefined;
}

/** Callbacks of protocols that manage their connections themselves. */
export interface LifecycleHooks {
  /** accept no more connections; open ones continue */
  readonly onStop: (() => void)[];
  /** close the connections of these keys */
  readonly onRevoke: ((keyIds: readonly string[]) => void)[];
}
