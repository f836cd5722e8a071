// The context policy `truncate` for clients that send the whole conversation with every request. The server stores no state
// between requests, but must truncate successive requests at the same message: otherwise it could not reuse a cached prefix.
// Therefore the truncations of all turns are computed again from the first turn: whenever the prompt of a turn would have been
// too long, turns are dropped until it has at most the share `lowWater` of the context.

import { sum } from '../base/sum.ts';
import type { ChatMessage } from '../completion/chat-message.ts';
import { DEFAULT_LOW_WATER, tokensForAnswer, turnsToDrop } from './context-policy.ts';
import type { ConversationCompleter } from './conversation-completer.ts';

export interface TruncationRequest {
  readonly completer: Pick<ConversationCompleter, 'contextLength' | 'encodeChat'>;
  readonly messages: readonly ChatMessage[];
  readonly maxTokens: number | undefined;
  /** Returns the number of tokens of a text, without tokens of the template. */
  readonly countTokens: (text: string) => Promise<number>;
}

export interface TruncatedPrompt {
  readonly tokens: readonly number[];
  /** messages after the leading system messages that are not in the prompt */
  readonly droppedMessages: number;
}

interface Turn {
  /** index of the first message of the turn, which is the user's */
  readonly start: number;
  /** estimated number of tokens of the first message */
  readonly firstTokens: number;
  /** estimated number of tokens of all messages of the turn */
  readonly allTokens: number;
}

const TEMPLATE_TOKENS = 8; // assumed number of tokens that the template adds to a message; known templates add 4 to 6

/**
 * Returns the prompt of a chat. Drops the oldest turns if the prompt would be too long, but never leading system messages or the
 * last turn.
 */
export async function truncateMessages(request: TruncationRequest): Promise<TruncatedPrompt> {
  const { completer, messages, maxTokens } = request;
  const { contextLength } = completer;
  const limit = contextLength - tokensForAnswer(maxTokens, contextLength);
  const target = Math.floor(contextLength * DEFAULT_LOW_WATER);
  const encode = async (chat: readonly ChatMessage[]) => (await completer.encodeChat(chat)).tokens;
  const tokens = await encode(messages);
  const firstIndex = messages.findIndex(({ role }) => role !== 'system');
  if (tokens.length <= limit || firstIndex < 0) return { tokens, droppedMessages: 0 };
  const lengths = await estimateLengths(request);
  const turns = splitTurns(messages, lengths, firstIndex);
  const systemTokens = TEMPLATE_TOKENS + sum(lengths.slice(0, firstIndex));
  const estimated = estimateDroppedTurns(turns, { systemTokens, limit, target });
  const withoutTurns = (dropped: number): ChatMessage[] => [
    ...messages.slice(0, firstIndex),
    ...messages.slice(turns[dropped]!.start),
  ];
  let truncated = await encode(withoutTurns(estimated));
  let droppedTurns = estimated;
  if (truncated.length > limit) {
    // The estimate was too low.
    const range = { min: estimated, max: turns.length - 1, target };
    droppedTurns = await turnsToDrop(range, async (dropped) => (await encode(withoutTurns(dropped))).length);
    truncated = await encode(withoutTurns(droppedTurns));
  }
  return { tokens: truncated, droppedMessages: turns[droppedTurns]!.start - firstIndex };
}

// Returns the estimated number of tokens of each message.
async function estimateLengths({ messages, countTokens }: TruncationRequest): Promise<number[]> {
  const lengths: number[] = [];
  for (const { content, reasoning_content: reasoning } of messages)
    lengths.push(
      TEMPLATE_TOKENS +
        (await countTokens(content)) +
        (reasoning === undefined ? 0 : await countTokens(reasoning)),
    );
  return lengths;
}

// Splits the messages from `firstIndex` on into turns, each of which begins with a user message.
function splitTurns(
  messages: readonly ChatMessage[],
  lengths: readonly number[],
  firstIndex: number,
): Turn[] {
  const nextStarts = messages.flatMap(({ role }, i) => (i > firstIndex && role === 'user' ? [i] : []));
  return [firstIndex, ...nextStarts].map((start, turn) => ({
    start,
    firstTokens: lengths[start]!,
    allTokens: sum(lengths.slice(start, nextStarts[turn])),
  }));
}

// Returns the number of turns that the requests of all turns so far have dropped, computed with the estimated lengths.
function estimateDroppedTurns(
  turns: readonly Turn[],
  { systemTokens, limit, target }: { systemTokens: number; limit: number; target: number },
): number {
  let droppedTurns = 0;
  let tokens = systemTokens;
  for (const [turn, { firstTokens, allTokens }] of turns.entries()) {
    if (tokens + firstTokens > limit)
      while (droppedTurns < turn && tokens + firstTokens > target) tokens -= turns[droppedTurns++]!.allTokens;
    tokens += allTokens;
  }
  return droppedTurns;
}
