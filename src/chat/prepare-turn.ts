// Prepares the prompt of a turn: the ids of the history, as far as they are valid, and the new message; or a truncated history
// if the context is too small and the policy allows it.

import { commonPrefix } from '../base/common-prefix.ts';
import type { ChatEncoding, ChatMessage, TemplateOptions } from '../completion/chat-message.ts';
import { contextExceeded } from '../completion/context-exceeded.ts';
import { answerRoom, type ContextPolicy, type ContextReport, turnsToDrop } from './context-policy.ts';
import type { ConversationCompleter } from './conversation-completer.ts';
import { IMPORTED, type MessageNode } from './message-node.ts';

export interface TurnRequest {
  readonly completer: ConversationCompleter;
  readonly system: string | undefined;
  /** messages before the new one */
  readonly path: readonly MessageNode[];
  /** their text and ids */
  readonly history: ChatEncoding;
  readonly text: string;
  readonly policy: ContextPolicy;
  readonly templateOptions: TemplateOptions;
  readonly maxTokens: number | undefined;
}

export interface PreparedTurn {
  readonly prompt: ChatEncoding;
  /** length of the history's ids and text with which the prompt begins */
  readonly keptTokens: number;
  readonly keptText: number;
  readonly report: ContextReport;
  /** the template rendered earlier turns differently although nothing was edited or dropped */
  readonly rewritten: boolean;
}

const PER_TURN = 2; // a message and its answer

/** Rejects with `context_length_exceeded` before anything of the turn is stored. */
export async function prepareTurn(request: TurnRequest): Promise<PreparedTurn> {
  const { completer, path, policy } = request;
  const last = path.at(-1);
  const changed = last !== undefined && last.model !== completer.identity;
  const history = changed ? { text: '', tokens: [] } : request.history;
  const encode = (dropped: number): Promise<ChatEncoding> =>
    completer.encodeChat(messagesOf(request, dropped), history, request.templateOptions);
  const before = last?.droppedMessages ?? 0;
  let prompt = await encode(before);
  let dropped = before;
  const whole = prompt.tokens.length;
  if (policy.kind === 'truncate' && whole > completer.contextLength - roomOf(request)) {
    const target = Math.floor(completer.contextLength * policy.lowWater);
    const turns = { from: before / PER_TURN, most: Math.floor(path.length / PER_TURN), target };
    dropped = PER_TURN * (await turnsToDrop(turns, async (n) => (await encode(PER_TURN * n)).tokens.length));
    prompt = await encode(dropped);
  }
  const { contextLength } = completer;
  if (prompt.tokens.length >= contextLength) throw contextExceeded(prompt.tokens.length, contextLength);
  return {
    prompt,
    keptTokens: commonPrefix(prompt.tokens, history.tokens),
    keptText: commonPrefix(prompt.text, history.text),
    report: {
      policy: policy.kind,
      droppedMessages: dropped,
      newlyDropped: { messages: dropped - before, tokens: whole - prompt.tokens.length },
      ...(changed && last.model !== IMPORTED
        ? { modelChanged: { from: nameOf(last.model), to: nameOf(completer.identity) } }
        : {}),
    },
    rewritten: dropped === before && !changed && !prompt.text.startsWith(history.text),
  };
}

const roomOf = ({ maxTokens, completer }: TurnRequest): number =>
  answerRoom(maxTokens, completer.contextLength);

const nameOf = (identity: string | undefined): string => identity ?? 'unknown';

function messagesOf({ system, path, text }: TurnRequest, dropped: number): ChatMessage[] {
  const spoken = path.slice(dropped).map(({ role, content }): ChatMessage => ({ role, content }));
  const first: ChatMessage[] = system === undefined ? [] : [{ role: 'system', content: system }];
  return [...first, ...spoken, { role: 'user', content: text }];
}
