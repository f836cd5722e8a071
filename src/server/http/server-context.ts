// The objects and settings that all routes of a server share.

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
  /** whether all keys share one prefix cache */
  readonly shareCache: boolean;
  /** other origins whose pages may use the server */
  readonly allowedOrigins: readonly string[];
  /** receives one line for each fault of the server */
  readonly log: Log;
  readonly limits: KeyLimiter;
  readonly version: string;
  /** whether requests need a bearer key */
  readonly requiresKey: boolean;
  /** contains the routes that are registered so far */
  readonly routes: readonly DescribedRoute[];
  readonly hooks: LifecycleHooks;
}

/** Limits of chat sockets; undefined means the default in limits.ts. */
export interface SocketLimits {
  /** maximum number of open sockets */
  readonly maxSockets: number | undefined;
  /** maximum number of turns of one socket that run or wait at the same time */
  readonly maxTurns: number | undefined;
  readonly pingMs: number | undefined;
  /** time to receive one message */
  readonly messageTimeoutMs: number | undefined;
}

/** Callbacks of protocols that manage their connections themselves. */
export interface LifecycleHooks {
  /** called when the server stops accepting connections; open connections continue */
  readonly onStop: (() => void)[];
  /** called when keys were removed, to close their connections */
  readonly onRevoke: ((keyIds: readonly string[]) => void)[];
}
