// All texts of the page as one type, so that a language with a missing text does not compile.

import type { MessageTexts } from './messages.ts';
import type { SettingsTexts } from './settings.ts';
import type { SidebarTexts } from './sidebar.ts';

export interface Texts {
  readonly sidebar: SidebarTexts;
  readonly messageTexts: MessageTexts;
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
  /** precedes the second question of a starter; ends with a space if the language needs it */
  readonly followUp: string;
  /** for a model without a chat template */
  readonly textModelTitle: string;
  readonly textModelText: string;
  readonly textModelPrompt: string;
  readonly inputLabel: string;
  readonly inputPlaceholder: string;
  readonly inputHint: string;
  readonly inputHintTouch: string;
  readonly send: string;
  readonly stop: string;
  readonly stopping: string;
  readonly reading: string;
  readonly stopped: string;
  /** stopped before the first token: the message is not part of the conversation */
  readonly stoppedBeforeAnswer: string;
  readonly cutOff: string;
  readonly interrupted: string;
  /** the server shut down while the answer was generated */
  readonly interruptedByServer: string;
  readonly emptyAnswer: string;
  readonly copy: string;
  readonly copied: string;
  readonly scrollToBottom: string;
  cached(tokens: number): string;
  computed(tokens: number): string;
  generated(tokens: number): string;
  speed(ttftMs: number, tokensPerSecond: number): string;
  /** explains the numbers of a turn; `uncached` is the number of tokens that would be computed without a cache */
  explain(numbers: {
    prompt: number;
    cached: number;
    computed: number;
    prefill: number;
    decode: number;
    uncached: number | undefined;
  }): string;
  context(used: number, length: number): string;
  readonly contextLabel: string;
  contextFull(used: number, length: number): string;
  contextExceeded(needed: number, length: number): string;
  readonly dropOldest: string;
  readonly connectionLost: string;
  /** for a server that does not store conversations */
  readonly conversationLost: string;
  /** for a server that stores conversations */
  readonly conversationsSaved: string;
  /** for a server that stores conversations, during an answer: the server may have stopped or be unreachable */
  readonly answerMayContinue: string;
  readonly lostAbove: string;
  readonly retryNow: string;
  readonly remoteImage: string;
  readonly errorTitle: string;
  /** texts by error code; for other codes the page shows the message of the server */
  readonly errors: Readonly<Record<string, string>>;
}
