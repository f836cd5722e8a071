// The library's public door.

/// <reference lib="esnext.disposable" preserve="true" />

export type { CacheMiss, CacheReport } from './base/cache-report.ts';
export type {
  CachePolicy,
  ChatMessage,
  Completer,
  FinishReason,
  GenerationResult,
  GenerationStream,
  LogitBias,
  RequestOptions,
  Role,
  SamplingOptions,
  TemplateOptions,
  TokenObserver,
} from './base/completer.ts';
export { ERRORS, type ErrorCode, QuireError } from './base/errors.ts';
export type { CacheEvent, EventKind } from './base/event-ring.ts';
export type { TokenLogprob, TokenLogprobs } from './base/selection.ts';
export {
  type Conversation,
  type ConversationMessage,
  type ConversationOptions,
  createConversation,
  type SendOptions,
} from './chat/conversation.ts';
export {
  Engine,
  type EngineCounters,
  type EngineInfo,
  type EngineOptions,
  type GenerateRequest,
  type LoadEngineOptions,
  loadEngine,
  type RequestEnd,
  type RequestObserver,
  type RequestTimes,
  type SchedulingPolicy,
} from './engine/engine.ts';
export type { KvMemoryUsage } from './engine/kv-size.ts';
export { type LoadedModel, type LoadModelOptions, loadModel } from './engine/load-model.ts';
export type { KvDiskState } from './engine/node/kv-disk.ts';
