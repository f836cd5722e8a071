// Public entry point `quire-llm/server`: runs the server standalone or as a plugin of a Fastify application.

export type { ConversationStore } from '../chat/conversation-store.ts';
export { type OpenStoreOptions, openStore } from '../chat/storage/open-store.ts';
export type { StorageLimits } from '../chat/storage-quota.ts';
export type { Completer, TokenCompleter } from '../completion/completer.ts';
export type { ReportedCache } from '../service/cache-salt.ts';
export {
  type GivenModel,
  type ListedModel,
  type LoadableModel,
  type LoadedCompleter,
  ModelRegistry,
  type ModelSource,
  type ModelState,
  type NamedModel,
  type ReadyListener,
  type ReadyModel,
} from '../service/model-registry.ts';
export { Service, type ServiceOptions } from '../service/service.ts';
export type {
  EndEvent,
  EventPlace,
  FailureEvent,
  LoggedEvent,
  TurnEvent,
  TurnUsage,
} from '../service/turn-events.ts';
export type { TurnLog } from '../service/turn-log.ts';
export { type TurnRequest, type TurnStart, Turns } from '../service/turns.ts';
export { type ApiKey, apiKey, type KeyLimits } from './http/keys/api-key.ts';
export type { Log } from './http/logs/fault-log.ts';
export type { JsonLogOptions } from './http/logs/request-log.ts';
export { createServer, type PluginOptions, type QuirePlugin } from './server-plugin.ts';
export { type RunningServer, type ServerOptions, startServer } from './start-server.ts';
