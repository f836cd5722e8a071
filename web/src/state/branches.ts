// The messages of a conversation as a tree. The page shows one branch of it as turns, and lets the reader
// change to the siblings of a message: other versions of a question, other answers to it.
//
//   u1 - a1 - u2 - a2      head a4 shows u1 a1 u3 a4; u3 has the sibling u2, a4 has a3
//           \ u3 - a3
//                \ a4

import type { Usage } from '../api/chat-protocol.ts';
import type { StoredConversation, StoredMessage } from '../api/stored-conversation.ts';
import type { Turn } from './turn.ts';

/** The branch that ends with `head`, first message first. */
export function branchOf(
  messages: readonly StoredMessage[],
  head: string | null | undefined,
): readonly StoredMessage[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const branch: StoredMessage[] = [];
  for (let at = byId.get(head ?? ''); at && branch.length < messages.length; at = byId.get(at.parent ?? '')) {
    branch.push(at);
  }
  return branch.reverse();
}

export interface Siblings {
  /** ids, oldest first, the message itself among them */
  readonly ids: readonly string[];
  readonly index: number;
}

/** Undefined where the message has no siblings. */
export function siblingsOf(messages: readonly StoredMessage[], id: string | undefined): Siblings | undefined {
  const self = messages.find((message) => message.id === id);
  if (!self) return undefined;
  const parent = self.parent ?? undefined;
  const same = (one: StoredMessage): boolean =>
    one.role === self.role && (one.parent ?? undefined) === parent;
  const ids = messages.filter(same).map((one) => one.id);
  return ids.length > 1 ? { ids, index: ids.indexOf(self.id) } : undefined;
}

/**
 * The current branch as turns. A turn that is shown already keeps its number, so that its row keeps its
 * identity; others are numbered from `nextId`.
 */
export function turnsOf(
  stored: StoredConversation,
  shown: readonly Turn[],
  nextId: number,
): { readonly turns: readonly Turn[]; readonly nextId: number } {
  const branch = branchOf(stored.messages, headOf(stored));
  let next = nextId;
  const turns = branch.flatMap((user, index) => {
    if (user.role !== 'user') return [];
    const follower = branch[index + 1];
    const answer = follower?.role === 'assistant' ? follower : undefined;
    const same = shown.find((turn) => turn.userId === user.id && turn.answerId === answer?.id);
    const id = same?.id ?? next++;
    // What was seen live tells more than what is stored: the times, and a change of the model.
    if (same && same.phase === 'done' && answer?.state !== 'running') return [same];
    return [storedTurn(id, user, answer, stored, index + 2 >= branch.length)];
  });
  return { turns, nextId: next };
}

/** The branch in which an answer is being written, where there is one: it is no part of a head before its end. */
function headOf(stored: StoredConversation): string | null | undefined {
  return stored.messages.findLast(({ state }) => state === 'running')?.id ?? stored.head;
}

function storedTurn(
  id: number,
  user: StoredMessage,
  answer: StoredMessage | undefined,
  stored: StoredConversation,
  last: boolean,
): Turn {
  const running = answer?.state === 'running';
  const usage = answer && usageOf(answer, stored, last);
  const dropped = answer?.droppedMessages ?? user.droppedMessages ?? 0;
  const cancelled = answer?.state === 'cancelled';
  return {
    id,
    question: user.content,
    answer: answer?.content ?? '',
    phase: running ? (answer.content === '' ? 'reading' : 'writing') : 'done',
    userId: user.id,
    ...(answer && { answerId: answer.id }),
    ...(answer?.state === 'interrupted' || !answer ? { interrupted: true as const } : {}),
    ...(!running && { finishReason: cancelled ? 'cancelled' : (answer?.report?.finishReason ?? 'stop') }),
    ...(usage && { usage }),
    ...(dropped > 0 && { context: { droppedMessages: dropped } }),
  };
}

function usageOf(answer: StoredMessage, stored: StoredConversation, last: boolean): Usage | undefined {
  if (!answer.report) return undefined;
  const { promptTokens, cachedTokens, computedTokens, generatedTokens } = answer.report;
  const total = promptTokens + generatedTokens;
  return {
    promptTokens,
    cachedTokens,
    computedTokens,
    generatedTokens,
    contextLength: stored.contextLength ?? 0,
    contextUsed: last ? (stored.tokens ?? total) : total,
  };
}

/** The stored messages with those of the last turn. */
export function withTurn(stored: StoredConversation, turns: readonly Turn[]): StoredConversation {
  const last = turns.at(-1);
  if (!last?.userId || !last.answerId) return stored;
  const parent = turns.slice(0, -1).findLast((turn) => turn.answerId)?.answerId;
  const user: StoredMessage = {
    id: last.userId,
    ...(parent && { parent }),
    role: 'user',
    content: last.question,
    state: 'complete',
  };
  const answer: StoredMessage = {
    id: last.answerId,
    parent: last.userId,
    role: 'assistant',
    content: last.answer,
    state: last.finishReason === 'cancelled' ? 'cancelled' : 'complete',
  };
  const others = stored.messages.filter(({ id }) => id !== answer.id);
  const added = others.some(({ id }) => id === user.id) ? [answer] : [user, answer];
  return { ...stored, head: answer.id, messages: [...others, ...added] };
}
