// The library's public door.

/// <reference lib="esnext.disposable" preserve="true" />

export { ERRORS, type ErrorCode, QuireError } from './base/errors.ts';
export type { CacheEvent, EventKind } from './base/event-ring.ts';
export type { TokenLogprob, TokenLogprobs } from './base/selection.ts';
export type {
  ChatTemplateData,
  JsonObject,
  JsonValue,
  TokenizerData,
  TokenizerFiles,
  TokenizerVocabulary,
  TokenStrip,
} from './base/tokenizer-data.ts';
export type { ContextPolicy, ContextPolicyOption, ContextReport } from './chat/context-policy.ts';
export {
  type ChatResult,
  type ChatStream,
  type Conversation,
  type ConversationMessage,
  type ConversationOptions,
  createConversation,
  type SendOptions,
} from './chat/conversation.ts';
export type { NewConversation, OpenConversation } from './chat/conversation-library.ts';
export type {
  ConversationChanges,
  ConversationQuery,
  ConversationRecord,
} from './chat/conversation-store.ts';
export type { MessageNode, MessageState } from './chat/message-node.ts';
export {
  openConversations,
  type StorageOptions,
  type StoredConversations,
} from './chat/open-conversations.ts';
export type { CacheMiss, CacheReport } from './completion/cache-report.ts';
export type { ChatEncoding, ChatMessage, Role, TemplateOptions } from './completion/chat-message.ts';
export type { Completer } from './completion/completer.ts';
export type { FinishReason, GenerationResult, GenerationStream } from './completion/generation.ts';
export type { KvMemoryUsage } from './completion/model-info.ts';
export type { RequestOptions, TokenObserver } from './completion/request-options.ts';
export type { LogitBias, SamplingOptions } from './completion/sampling-options.ts';
export {
  type CachePolicy,
  Engine,
  type EngineCounters,
  type EngineInfo,
  type EngineOptions,
  type GenerateRequest,
  type MessagesRequest,
  type PromptRequest,
  type RequestEnd,
  type RequestObserver,
  type RequestTimes,
  type SchedulingPolicy,
  type TokensRequest,
} from './engine/engine.ts';
export { type LoadEngineOptions, loadEngine } from './engine/load-engine.ts';
export { type LoadedModel, type LoadModelOptions, loadModel } from './engine/load-model.ts';
export type { KvDiskState } from './engine/node/kv-disk.ts';
export { openTokenizer } from './formats/node/open-model.ts';

export {
  type ChatEncodeOptions,
  type ChatTemplate,
  type ChatTemplateSettings,
  createChatTemplate,
  type RenderOptions,
} from './text/chat-template.ts';
export { createTokenizer, type EncodeOptions, type Tokenizer } from './text/tokenizer.ts';
