// The messages of a conversation as a tree. The page shows one branch as turns, and lets the user switch to the siblings of
// a message: other versions of a question, or other answers to the question.
//
//   u1 - a1 - u2 - a2      head a4 shows u1 a1 u3 a4; u3 has the sibling u2, a4 has a3
//           \ u3 - a3
//                \ a4

import type { Usage } from '../api/chat-protocol.ts';
import type { StoredConversation, StoredMessage } from '../api/stored-conversation.ts';
import type { Turn } from './turn.ts';

/** Returns the branch that ends with `head`, first message first. */
export function branchOf(
  messages: readonly StoredMessage[],
  head: string | null | undefined,
): readonly StoredMessage[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const branch: StoredMessage[] = [];
  let message = byId.get(head ?? '');
  while (message && branch.length < messages.length) {
    branch.push(message);
    message = byId.get(message.parent ?? '');
  }
  return branch.reverse();
}

export interface Siblings {
  /** ids of the message and its siblings, oldest first */
  readonly ids: readonly string[];
  readonly index: number;
}

/** Returns the siblings of a message; undefined if it has none. */
export function siblingsOf(messages: readonly StoredMessage[], id: string | undefined): Siblings | undefined {
  const message = messages.find((candidate) => candidate.id === id);
  if (!message) return undefined;
  const parent = message.parent ?? undefined;
  const isSibling = (other: StoredMessage): boolean =>
    other.role === message.role && (other.parent ?? undefined) === parent;
  const ids = messages.filter(isSibling).map((sibling) => sibling.id);
  return ids.length > 1 ? { ids, index: ids.indexOf(message.id) } : undefined;
}

/**
 * Converts the current branch to turns. A turn that is already shown keeps its id, so that React keeps its row; new turns
 * are numbered from `nextId`.
 */
export function turnsOf(
  stored: StoredConversation,
  shown: readonly Turn[],
  nextId: number,
): { readonly turns: readonly Turn[]; readonly nextId: number } {
  const branch = branchOf(stored.messages, headOf(stored));
  let newId = nextId;
  const turns = branch.flatMap((user, index) => {
    if (user.role !== 'user') return [];
    const next = branch[index + 1];
    const answer = next?.role === 'assistant' ? next : undefined;
    const shownTurn = shown.find((turn) => turn.userId === user.id && turn.answerId === answer?.id);
    const id = shownTurn?.id ?? newId++;
    // A turn received over the socket has fields that the stored turn lacks: timings, and a change of the model.
    if (shownTurn?.phase === 'done' && answer?.state !== 'running') return [shownTurn];
    return [storedTurn(id, user, answer, stored, index + 2 >= branch.length)];
  });
  return { turns, nextId: newId };
}

/** Returns the id of the running answer if there is one, otherwise the stored head: an answer becomes the head when it ends. */
function headOf(stored: StoredConversation): string | null | undefined {
  return stored.messages.findLast(({ state }) => state === 'running')?.id ?? stored.head;
}

function storedTurn(
  id: number,
  user: StoredMessage,
  answer: StoredMessage | undefined,
  stored: StoredConversation,
  isLast: boolean,
): Turn {
  const isRunning = answer?.state === 'running';
  const usage = answer && usageOf(answer, stored, isLast);
  const droppedCount = answer?.droppedMessages ?? user.droppedMessages ?? 0;
  const cancelled = answer?.state === 'cancelled';
  return {
    id,
    question: user.content,
    answer: answer?.content ?? '',
    phase: isRunning ? (answer.content === '' ? 'reading' : 'writing') : 'done',
    userId: user.id,
    ...(answer && { answerId: answer.id }),
    ...(answer?.state === 'interrupted' || !answer ? { interrupted: true as const } : {}),
    ...(!isRunning && { finishReason: cancelled ? 'cancelled' : (answer?.report?.finishReason ?? 'stop') }),
    ...(usage && { usage }),
    ...(droppedCount > 0 && { context: { droppedMessages: droppedCount } }),
  };
}

function usageOf(answer: StoredMessage, stored: StoredConversation, isLast: boolean): Usage | undefined {
  if (!answer.report) return undefined;
  const { promptTokens, cachedTokens, computedTokens, generatedTokens } = answer.report;
  const total = promptTokens + generatedTokens;
  return {
    promptTokens,
    cachedTokens,
    computedTokens,
    generatedTokens,
    contextLength: stored.contextLength ?? 0,
    contextUsed: isLast ? (stored.tokens ?? total) : total,
  };
}

/** Adds the messages of the last turn to the stored conversation. */
export function withTurn(stored: StoredConversation, turns: readonly Turn[]): StoredConversation {
  const lastTurn = turns.at(-1);
  if (!lastTurn?.userId || !lastTurn.answerId) return stored;
  const parent = turns.slice(0, -1).findLast((turn) => turn.answerId)?.answerId;
  const user: StoredMessage = {
    id: lastTurn.userId,
    ...(parent && { parent }),
    role: 'user',
    content: lastTurn.question,
    state: 'complete',
  };
  const answer: StoredMessage = {
    id: lastTurn.answerId,
    parent: lastTurn.userId,
    role: 'assistant',
    content: lastTurn.answer,
    state: lastTurn.finishReason === 'cancelled' ? 'cancelled' : 'complete',
  };
  const otherMessages = stored.messages.filter(({ id }) => id !== answer.id);
  const addedMessages = otherMessages.some(({ id }) => id === user.id) ? [answer] : [user, answer];
  return { ...stored, head: answer.id, messages: [...otherMessages, ...addedMessages] };
}
