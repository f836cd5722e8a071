// The library's entry point.

/// <reference lib="esnext.disposable" preserve="true" />

export { ERRORS, type ErrorCode, type ErrorKind, QuireError, type QuireErrorOptions } from './base/errors.ts';
export type { BlockId, Branded } from './base/ids.ts';
export type { AdapterFile, AdapterModule, AdapterTargets } from './base/model/adapter-file.ts';
export type { PoolingMethod } from './base/model/pooling.ts';
export type {
  ChatTemplateData,
  JsonObject,
  JsonValue,
  TokenizerData,
  TokenizerFacts,
  TokenizerFiles,
  TokenizerVocabulary,
  TokenStrip,
} from './base/model/tokenizer-data.ts';
export type { TokenLogprob, TokenLogprobs } from './base/step/selection.ts';
export type { Steps } from './base/steps.ts';
export type { ChangeListener, ConversationChange } from './chat/change-feed.ts';
export type { ContextPolicy, ContextPolicyOption, ContextReport } from './chat/context-policy.ts';
export { createConversation } from './chat/conversation.ts';
export type { ConversationCompleter } from './chat/conversation-completer.ts';
export type {
  ConversationLibrary,
  FindCompleter,
  LibraryOptions,
  NewConversation,
  OpenConversation,
} from './chat/conversation-library.ts';
export type {
  AnswerProgress,
  ConversationChanges,
  ConversationPosition,
  ConversationQuery,
  ConversationRecord,
  ConversationStore,
  StorageUse,
  StoredConversation,
} from './chat/conversation-store.ts';
export type {
  ChatResult,
  ChatStream,
  Conversation,
  ConversationMessage,
  ConversationOptions,
  SendOptions,
} from './chat/conversation-types.ts';
export type { Fields } from './chat/import/fields.ts';
export type { SamplingCheck } from './chat/import/read-exports.ts';
export type { AnswerReport, MessageNode, MessageState } from './chat/message-node.ts';
export type { ReadonlyMessageTree } from './chat/message-tree.ts';
export {
  openConversations,
  type StorageOptions,
  type StoredConversations,
} from './chat/open-conversations.ts';
export { AdaptedCompleter, type AdapterHost, type AdapterInfo } from './completion/adapters.ts';
export { type CacheEvent, EVENT_KINDS, type EventKind } from './completion/cache-event.ts';
export type { CacheMiss, CacheReport } from './completion/cache-report.ts';
export {
  type ChatEncoding,
  type ChatMessage,
  ROLES,
  type Role,
  type TemplateOptions,
} from './completion/chat-message.ts';
export {
  type ChatCompletionOptions,
  type Completer,
  type CompletionOptions,
  type TokenCompleter,
  takesTokens,
} from './completion/completer.ts';
export type {
  Embedder,
  EmbeddingInfo,
  EmbedInput,
  EmbedOptions,
  EmbedResult,
} from './completion/embedder.ts';
export type { FinishReason, GenerationResult, GenerationStream } from './completion/generation.ts';
export type {
  KvBytes,
  KvGroupUsage,
  KvMemoryUsage,
  ModelCounters,
  ModelInfo,
  ModelMonitor,
} from './completion/model-info.ts';
export type { AnswerOptions, RequestOptions, TokenObserver } from './completion/request-options.ts';
export {
  type LogitBias,
  SAMPLING_OPTIONS,
  type SamplingOptionName,
  type SamplingOptions,
  type SamplingValues,
} from './completion/sampling-options.ts';
export type { ChatRenderer, ChatRenderOptions, EncodingLimits, TokenText } from './completion/token-text.ts';
export {
  type CachePolicy,
  type EmbeddingTokens,
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
export type {
  CreateHash,
  EnginePorts,
  IncrementalHash,
  OpenModelOptions,
} from './engine/engine-ports.ts';
export type {
  BlockKey,
  BlockStoreCounts,
  KvDiskPort,
  KvDiskRequest,
  KvDiskState,
  OffloadStore,
  OpenKvDisk,
} from './engine/kv-disk-port.ts';
export type { KvDiskSizeOptions } from './engine/kv-disk-size.ts';
export type { KvSizeOptions } from './engine/kv-size.ts';
export type { LoadedModel, ModelOptions } from './engine/load-model.ts';
export type { BackendName, BackendOptions } from './engine/node/choose-backend.ts';
export { type LoadEngineOptions, loadEngine } from './engine/node/load-engine.ts';
export { type LoadModelOptions, loadModel } from './engine/node/load-model.ts';
export type { StepObserver } from './engine/step-loop.ts';
export type { StepTokensOption } from './engine/step-tokens.ts';
export { openTokenizer } from './formats/node/open-model.ts';
export {
  type ChatEncodeOptions,
  type ChatTemplate,
  type ChatTemplateSettings,
  createChatTemplate,
  type RenderOptions,
} from './text/chat-template.ts';
export type { AcceptLiteral as IsMeant } from './text/special-tokens/literal-finder.ts';
export { createTokenizer, type EncodeOptions, type Tokenizer } from './text/tokenizer.ts';
export type { TextPlace } from './text/vocabulary/vocabulary.ts';
