// The context policy `truncate` for messages that come whole with every request, from a client that keeps the
// conversation itself. Nothing is remembered between requests, yet two that follow each other must be cut at the same
// place, or no prefix would ever be found again. So the conversation is walked from its beginning, as if each turn had
// been asked for in its time: where it would have grown too long, it is cut down to the low-water mark.

import { sum } from '../base/sum.ts';
import type { ChatMessage } from '../completion/chat-message.ts';
import { answerRoom, LOW_WATER, turnsToDrop } from './context-policy.ts';
import type { ConversationCompleter } from './conversation-completer.ts';

export interface CutRequest {
  readonly completer: Pick<ConversationCompleter, 'contextLength' | 'encodeChat'>;
  readonly messages: readonly ChatMessage[];
  readonly maxTokens: number | undefined;
  /** tokens of a text alone */
  readonly countTokens: (text: string) => Promise<number>;
}

export interface CutPrompt {
  readonly tokens: readonly number[];
  /** messages after the leading system messages that the model does not see */
  readonly droppedMessages: number;
}

interface Turn {
  /** index of its first message, the user's */
  readonly at: number;
  /** estimated tokens of that message, and of all */
  readonly asked: number;
  readonly whole: number;
}

const FRAME = 8; // tokens that a template puts around a message: 4 to 6 in those that are known

/** The prompt of a chat, without the oldest turns where it does not fit; system messages and the last turn stay. */
export async function cutMessages(request: CutRequest): Promise<CutPrompt> {
  const { completer, messages, maxTokens } = request;
  const { contextLength } = completer;
  const limit = contextLength - answerRoom(maxTokens, contextLength);
  const target = Math.floor(contextLength * LOW_WATER);
  const encode = async (rest: readonly ChatMessage[]) => (await completer.encodeChat(rest)).tokens;
  const tokens = await encode(messages);
  const spoken = messages.findIndex(({ role }) => role !== 'system');
  if (tokens.length <= limit || spoken < 0) return { tokens, droppedMessages: 0 };
  const lengths = await lengthsOf(request);
  const turns = turnsOf(messages, lengths, spoken);
  const walked = firstKept(turns, { base: FRAME + sum(lengths.slice(0, spoken)), limit, target });
  const without = (dropped: number): ChatMessage[] => [
    ...messages.slice(0, spoken),
    ...messages.slice(turns[dropped]!.at),
  ];
  let cut = await encode(without(walked));
  let first = walked;
  if (cut.length > limit) {
    // the estimate was too low
    const range = { from: walked, most: turns.length - 1, target };
    first = await turnsToDrop(range, async (dropped) => (await encode(without(dropped))).length);
    cut = await encode(without(first));
  }
  return { tokens: cut, droppedMessages: turns[first]!.at - spoken };
}

async function lengthsOf({ messages, countTokens }: CutRequest): Promise<number[]> {
  const lengths: number[] = [];
  for (const { content, reasoning_content: thought } of messages)
    lengths.push(
      FRAME + (await countTokens(content)) + (thought === undefined ? 0 : await countTokens(thought)),
    );
  return lengths;
}

function turnsOf(messages: readonly ChatMessage[], lengths: readonly number[], spoken: number): Turn[] {
  const starts = messages.flatMap(({ role }, at) => (at > spoken && role === 'user' ? [at] : []));
  return [spoken, ...starts].map((at, turn) => ({
    at,
    asked: lengths[at]!,
    whole: sum(lengths.slice(at, starts[turn])),
  }));
}

function firstKept(
  turns: readonly Turn[],
  { base, limit, target }: { base: number; limit: number; target: number },
): number {
  let first = 0;
  let kept = base;
  for (const [turn, { asked, whole }] of turns.entries()) {
    if (kept + asked > limit) while (first < turn && kept + asked > target) kept -= turns[first++]!.whole;
    kept += whole;
  }
  return first;
}
