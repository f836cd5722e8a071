// The context policy `truncate` for clients that send the whole conversation with every request. No state is kept between
// requests, but successive requests must be truncated at the same message, or no cached prefix could be reused. Therefore
// the turns are replayed from the beginning: whenever the prompt would have been too long, it is truncated to the low-water
// mark.

import { sum } from '../base/sum.ts';
import type { ChatMessage } from '../completion/chat-message.ts';
import { answerRoom, LOW_WATER, turnsToDrop } from './context-policy.ts';
import type { ConversationCompleter } from './conversation-completer.ts';

export interface CutRequest {
  readonly completer: Pick<ConversationCompleter, 'contextLength' | 'encodeChat'>;
  readonly messages: readonly ChatMessage[];
  readonly maxTokens: number | undefined;
  /** Returns the tokens of a text without its template. */
  readonly countTokens: (text: string) => Promise<number>;
}

export interface CutPrompt {
  readonly tokens: readonly number[];
  /** messages after the leading system messages that are not in the prompt */
  readonly droppedMessages: number;
}

interface Turn {
  /** index of its first message, the user's */
  readonly at: number;
  /** estimated tokens of that message, and of all */
  readonly asked: number;
  readonly whole: number;
}

const TEMPLATE_TOKENS = 8; // tokens of a template around a message: known templates have 4 to 6

/** Returns the prompt of a chat without the oldest turns if it does not fit. System messages and the last turn are kept. */
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
  const replayed = firstKept(turns, { base: TEMPLATE_TOKENS + sum(lengths.slice(0, spoken)), limit, target });
  const without = (dropped: number): ChatMessage[] => [
    ...messages.slice(0, spoken),
    ...messages.slice(turns[dropped]!.at),
  ];
  let cut = await encode(without(replayed));
  let first = replayed;
  if (cut.length > limit) {
    // the estimate was too low
    const range = { from: replayed, most: turns.length - 1, target };
    first = await turnsToDrop(range, async (dropped) => (await encode(without(dropped))).length);
    cut = await encode(without(first));
  }
  return { tokens: cut, droppedMessages: turns[first]!.at - spoken };
}

async function lengthsOf({ messages, countTokens }: CutRequest): Promise<number[]> {
  const lengths: number[] = [];
  for (const { content, reasoning_content: thought } of messages)
    lengths.push(
      TEMPLATE_TOKENS +
        (await countTokens(content)) +
        (thought === undefined ? 0 : await countTokens(thought)),
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
