// Prepares the prompt of a turn: the token ids of the history, as far as they are still valid, followed by the new message. If
// the prompt does not fit the context and the policy allows truncation, the oldest turns are dropped.

import { commonPrefixLength } from '../base/common-prefix.ts';
import type { ChatEncoding, ChatMessage, TemplateOptions } from '../completion/chat-message.ts';
import { contextExceededError } from '../completion/context-exceeded.ts';
import { type ContextPolicy, type ContextReport, tokensForAnswer, turnsToDrop } from './context-policy.ts';
import type { ConversationCompleter } from './conversation-completer.ts';
import { IMPORTED_MODEL, type MessageNode } from './message-node.ts';

export interface TurnRequest {
  readonly completer: ConversationCompleter;
  readonly system: string | undefined;
  /** messages before the new message */
  readonly path: readonly MessageNode[];
  /** text and token ids of these messages */
  readonly history: ChatEncoding;
  readonly text: string;
  readonly policy: ContextPolicy;
  readonly templateOptions: TemplateOptions;
  readonly maxTokens: number | undefined;
}

export interface PreparedTurn {
  readonly prompt: ChatEncoding;
  /** number of tokens of the history with which the prompt begins */
  readonly keptTokens: number;
  /** number of characters of the history with which the prompt begins */
  readonly keptText: number;
  readonly report: ContextReport;
  /** whether the template rendered earlier turns differently although nothing was edited or dropped */
  readonly rewritten: boolean;
}

const MESSAGES_PER_TURN = 2; // a user message and its answer

/** Returns the prompt and the report of the context policy. Rejects with `context_length_exceeded`. */
export async function prepareTurn(request: TurnRequest): Promise<PreparedTurn> {
  const { completer, path, policy } = request;
  const last = path.at(-1);
  const modelChanged = last !== undefined && last.model !== completer.identity;
  const history = modelChanged ? { text: '', tokens: [] } : request.history;
  const encode = (dropped: number): Promise<ChatEncoding> =>
    completer.encodeChat(chatMessages(request, dropped), history, request.templateOptions);
  const droppedBefore = last?.droppedMessages ?? 0;
  let prompt = await encode(droppedBefore);
  let droppedCount = droppedBefore;
  const fullLength = prompt.tokens.length;
  const answerTokens = tokensForAnswer(request.maxTokens, completer.contextLength);
  if (policy.kind === 'truncate' && fullLength > completer.contextLength - answerTokens) {
    const target = Math.floor(completer.contextLength * policy.lowWater);
    const min = droppedBefore / MESSAGES_PER_TURN;
    const max = Math.floor(path.length / MESSAGES_PER_TURN);
    const droppedTurns = await turnsToDrop(
      { min, max, target },
      async (turns) => (await encode(MESSAGES_PER_TURN * turns)).tokens.length,
    );
    droppedCount = MESSAGES_PER_TURN * droppedTurns;
    prompt = await encode(droppedCount);
  }
  const { contextLength } = completer;
  if (prompt.tokens.length >= contextLength) throw contextExceededError(prompt.tokens.length, contextLength);
  return {
    prompt,
    keptTokens: commonPrefixLength(prompt.tokens, history.tokens),
    keptText: commonPrefixLength(prompt.text, history.text),
    report: {
      policy: policy.kind,
      droppedMessages: droppedCount,
      newlyDropped: { messages: droppedCount - droppedBefore, tokens: fullLength - prompt.tokens.length },
      ...(modelChanged && last.model !== IMPORTED_MODEL
        ? { modelChanged: { from: last.model ?? 'unknown', to: completer.identity ?? 'unknown' } }
        : {}),
    },
    rewritten: droppedCount === droppedBefore && !modelChanged && !prompt.text.startsWith(history.text),
  };
}

function chatMessages({ system, path, text }: TurnRequest, dropped: number): ChatMessage[] {
  const messagesInPrompt = path.slice(dropped).map(({ role, content }): ChatMessage => ({ role, content }));
  const systemMessages: ChatMessage[] = system === undefined ? [] : [{ role: 'system', content: system }];
  return [...systemMessages, ...messagesInPrompt, { role: 'user', content: text }];
}
