// Everything the page says, as one type, so that a language that lacks a sentence does not compile.

import type { MessageTexts } from './messages.ts';
import type { SettingsTexts } from './settings.ts';
import type { TopicTexts } from './sidebar.ts';

export interface Texts {
  readonly topics: TopicTexts;
  readonly messages: MessageTexts;
  readonly settings: SettingsTexts;
  readonly htmlLang: string;
  readonly title: string;
  readonly newConversation: string;
  readonly switchLanguage: string;
  readonly conversation: string;
  readonly you: string;
  readonly model: string;
  readonly modelFacts: string;
  parameters(count: number): string;
  backend(name: string): string;
  cache(policy: string): string;
  readonly loadingModel: string;
  readonly loadFailed: string;
  readonly emptyTitle: string;
  readonly emptyText: string;
  readonly starters: string;
  /** of a model without a chat template */
  readonly textModelTitle: string;
  readonly textModelText: string;
  readonly textModelPrompt: string;
  readonly thenAsk: string;
  readonly inputLabel: string;
  readonly inputPlaceholder: string;
  readonly inputHint: string;
  readonly inputHintTouch: string;
  readonly send: string;
  readonly stop: string;
  readonly stopping: string;
  readonly reading: string;
  readonly stopped: string;
  /** stopped before its first token: the message is no part of the conversation */
  readonly stoppedUnheard: string;
  readonly cutOff: string;
  readonly interrupted: string;
  /** the server ended while it was written */
  readonly interruptedByServer: string;
  readonly emptyAnswer: string;
  readonly copy: string;
  readonly copied: string;
  readonly toEnd: string;
  cached(tokens: number): string;
  computed(tokens: number): string;
  generated(tokens: number): string;
  speed(ttftMs: number, tokensPerSecond: number): string;
  /** how the numbers of a turn come about; `plain` is what no cache would have computed */
  explain(numbers: {
    prompt: number;
    cached: number;
    computed: number;
    prefill: number;
    decode: number;
    plain: number | undefined;
  }): string;
  context(used: number, length: number): string;
  readonly contextLabel: string;
  contextFull(used: number, length: number): string;
  contextRefused(needed: number, length: number): string;
  readonly goOnWithoutOldest: string;
  readonly connecting: string;
  readonly connectionLost: string;
  readonly conversationLost: string;
  /** of conversations that the server keeps */
  readonly conversationsKept: string;
  /** the same while an answer is under way: the server may have been stopped, or only be out of reach */
  readonly answerMayGoOn: string;
  readonly forgottenAbove: string;
  readonly retryNow: string;
  readonly remoteImage: string;
  readonly errorTitle: string;
  /** sentences for codes that readers meet; others show the server's own words */
  readonly errors: Readonly<Record<string, string>>;
}
