// A conversation of the library that is open: its object, its current record and whether it is stored.

import { QuireError } from '../base/errors.ts';
import { checkString } from '../base/option-names.ts';
import type { TemplateOptions } from '../completion/chat-message.ts';
import type { AnswerOptions } from '../completion/request-options.ts';
import { type ContextPolicyOption, contextPolicy } from './context-policy.ts';
import type { TokenExactConversation } from './conversation.ts';
import { checkConversationOptions } from './conversation-checks.ts';
import type { ConversationRecord } from './conversation-store.ts';
import type { Conversation } from './conversation-types.ts';
import { replaceUnstorable } from './replace-unstorable.ts';

export interface NewConversation extends TemplateOptions {
  /** text of the system message; without one by default */
  readonly system?: string | undefined;
  /** by default the start of the first message */
  readonly title?: string | undefined;
  /** what happens when the context is full: `error` (the default) or `truncate` */
  readonly contextPolicy?: ContextPolicyOption | undefined;
  /** default sampling options of the turns, and their adapter */
  readonly sampling?: AnswerOptions | undefined;
  /** name of the model; the default model if absent */
  readonly model?: string | undefined;
}

export interface OpenConversation {
  /** the record of the conversation, which is always current */
  readonly record: ConversationRecord;
  readonly conversation: Conversation;
}

export interface LiveConversation {
  record: ConversationRecord;
  readonly conversation: TokenExactConversation;
  removed: boolean;
  /** `draft`: not stored; `begun`: stored with the first turn, which may still fail; `stored`: stored permanently */
  state: 'draft' | 'begun' | 'stored';
  /** id of the answer of the turn that set the title */
  titleSource?: string | undefined;
}

/** Returns what callers of the library see of an open conversation. */
export const toOpenConversation = (live: LiveConversation): OpenConversation => ({
  get record() {
    return { ...live.record, head: live.conversation.head };
  },
  conversation: live.conversation,
});

/** Creates the record of a new conversation. Throws `unknown_option` or `bad_option`. */
export function newRecord(owner: string, options: NewConversation): ConversationRecord {
  checkString('owner', owner);
  checkConversationOptions(options, ['title', 'sampling', 'model'], 'a conversation');
  const { system, title = '', contextPolicy: policy, sampling = {}, model, ...templateOptions } = options;
  const now = Date.now();
  return {
    id: crypto.randomUUID(),
    owner,
    title: replaceUnstorable(title),
    system: system === undefined ? undefined : replaceUnstorable(system),
    templateOptions,
    model,
    policy: contextPolicy(policy),
    sampling,
    head: undefined,
    createdAt: now,
    updatedAt: now,
  };
}

export const unknownConversationError = (id: string): QuireError =>
  new QuireError(
    'not_found',
    `there is no conversation ${id.slice(0, 64)}`,
    'list the conversations to see their ids',
  );
