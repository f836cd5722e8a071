// The stored conversations as the server sends them over HTTP: messages of all branches, and settings. See
// docs/chat-protocol.md.

import type { SamplingFieldName } from './sampling-fields.ts';

export type FinishReason = 'stop' | 'length' | 'cancelled';

export type ContextPolicy =
  | { readonly kind: 'error' }
  /** `lowWater`: fraction of the context that stays filled after messages are dropped, in (0, 1) */
  | { readonly kind: 'truncate'; readonly lowWater: number };

/** The options that the page offers; options set through the API are left unchanged. */
export type Sampling = { readonly [Name in SamplingFieldName]?: number };

export interface ConversationSummary {
  readonly id: string;
  readonly title: string;
  /** milliseconds since 1970 */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface StoredReport {
  readonly finishReason: FinishReason;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly computedTokens: number;
  readonly generatedTokens: number;
}

export interface StoredMessage {
  readonly id: string;
  /** absent or null for the first message */
  readonly parent?: string | null;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly state: 'complete' | 'running' | 'cancelled' | 'interrupted';
  /** number of earlier messages that were not sent to the model */
  readonly droppedMessages?: number;
  readonly report?: StoredReport;
}

export interface StoredConversation {
  readonly title: string;
  readonly system?: string | null;
  readonly contextPolicy?: ContextPolicy | ContextPolicy['kind'];
  readonly sampling?: Sampling;
  readonly model?: string | null;
  /** id of the last message of the current branch */
  readonly head?: string | null;
  /** tokens of the current branch */
  readonly tokens?: number;
  readonly contextLength?: number;
  /** all branches, parents before children */
  readonly messages: readonly StoredMessage[];
}

/** The settings of a conversation. */
export interface ConversationSettings {
  readonly system: string;
  readonly contextPolicy: ContextPolicy;
  readonly sampling: Sampling;
  /** absent for the default model of the server */
  readonly model?: string;
}

export const DEFAULT_SETTINGS: ConversationSettings = {
  system: '',
  contextPolicy: { kind: 'error' },
  sampling: {},
};

export const DEFAULT_LOW_WATER = 0.5;

/** Converts a policy to its object form; the server may send only its name. */
export function policyOf(policy: StoredConversation['contextPolicy']): ContextPolicy {
  if (policy === undefined || policy === 'error') return { kind: 'error' };
  return policy === 'truncate' ? { kind: 'truncate', lowWater: DEFAULT_LOW_WATER } : policy;
}

export function settingsOf(stored: StoredConversation): ConversationSettings {
  return {
    system: stored.system ?? '',
    contextPolicy: policyOf(stored.contextPolicy),
    sampling: stored.sampling ?? {},
    ...(stored.model ? { model: stored.model } : {}),
  };
}

/** Returns whether a title has a visible character. A link of spaces and direction marks could not be clicked. */
export function hasVisibleCharacters(title: string): boolean {
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(title);
}
