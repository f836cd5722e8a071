// What the server keeps and gives over HTTP: conversations with all their branches, and how their answers are
// sampled. See docs/chat-protocol.md.

import type { SamplingFieldName } from './sampling-fields.ts';

export type FinishReason = 'stop' | 'length' | 'cancelled';

export type ContextPolicy =
  | { readonly kind: 'error' }
  /** `lowWater`: share of the context that stays filled after a cut, in (0, 1) */
  | { readonly kind: 'truncate'; readonly lowWater: number };

/** The options that the page offers; others that a program has set stay as they are. */
export type Sampling = { readonly [Name in SamplingFieldName]?: number };

export interface Topic {
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
  /** absent or null for a first message */
  readonly parent?: string | null;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly state: 'complete' | 'running' | 'cancelled' | 'interrupted';
  /** messages before it that the model did not see */
  readonly droppedMessages?: number;
  readonly report?: StoredReport;
}

export interface StoredConversation {
  readonly title: string;
  readonly system?: string | null;
  readonly contextPolicy?: ContextPolicy | ContextPolicy['kind'];
  readonly sampling?: Sampling;
  readonly model?: string | null;
  /** ends the current branch */
  readonly head?: string | null;
  /** tokens of the current branch */
  readonly tokens?: number;
  readonly contextLength?: number;
  /** all branches, parents before children */
  readonly messages: readonly StoredMessage[];
}

/** What can be chosen for a conversation. */
export interface ConversationSettings {
  readonly system: string;
  readonly contextPolicy: ContextPolicy;
  readonly sampling: Sampling;
  /** the model that answers, where the server has several; its default one when absent */
  readonly model?: string;
}

export const DEFAULT_SETTINGS: ConversationSettings = {
  system: '',
  contextPolicy: { kind: 'error' },
  sampling: {},
};

export const DEFAULT_LOW_WATER = 0.5;

/** A policy as it may stand on the wire, as the object. */
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

/** Whether there is anything to see in a title: spaces and marks of direction are nothing to press. */
export function hasLetters(title: string): boolean {
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(title);
}
