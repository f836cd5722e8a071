// Computes the token ids of an imported conversation. An export contains none, and they could not be trusted: ids that do not
// match the text would let a conversation show one text and compute another. The current branch is encoded here; other
// branches are encoded when they are continued.

import { QuireError } from '../../base/errors.ts';
import type { ChatEncoding, ChatMessage } from '../../completion/chat-message.ts';
import type { ConversationCompleter } from '../conversation-completer.ts';
import type { StoredConversation } from '../conversation-store.ts';
import { MessageTree } from '../message-tree.ts';

/** Returns the conversation with the ids of its current branch; unchanged when they do not fit the context. */
export async function withTokens(
  completer: ConversationCompleter,
  stored: StoredConversation,
): Promise<StoredConversation> {
  const { record, messages } = stored;
  const path = new MessageTree(messages).path(record.head);
  const head = path.at(-1);
  if (head === undefined) return stored;
  const spoken = path
    .slice(head.droppedMessages)
    .map(({ role, content }): ChatMessage => ({ role, content }));
  const first: ChatMessage[] =
    record.system === undefined ? [] : [{ role: 'system', content: record.system }];
  const stopped = head.report?.finishReason === 'stop';
  const history = await historyOf(completer, [...first, ...spoken], stopped).catch((error: unknown) => {
    if (error instanceof QuireError) return undefined; // too long, or refused by the template: the next turn reports it
    throw error;
  });
  if (history === undefined) return stored;
  const { identity: model } = completer;
  const known = { ...head, model, tokens: history.tokens, rendered: history.text };
  return { record, messages: messages.map((message) => (message.id === head.id ? known : message)) };
}

const NEXT: ChatMessage = { role: 'user', content: '?' };

// Encodes the prompt of the last answer and the answer as the template renders it before a following question, with its end
// token if it had one. Undefined when the template does not render the answer verbatim.
async function historyOf(
  completer: ConversationCompleter,
  messages: readonly ChatMessage[],
  stopped: boolean,
): Promise<ChatEncoding | undefined> {
  const prompt = await completer.encodeChat(messages.slice(0, -1));
  const next = await completer.encodeChat([...messages, NEXT], prompt);
  const answer = messages.at(-1)!.content;
  if (answer === '' || !next.text.startsWith(answer, prompt.text.length)) return undefined;
  if (!next.text.startsWith(prompt.text)) return undefined;
  const rest = next.tokens.slice(prompt.tokens.length);
  let count = tokensWithin(completer, rest, answer.length);
  if (completer.decodeRaw(rest.slice(0, count)) !== answer) return undefined;
  if (stopped && count < rest.length) count++;
  const said = rest.slice(0, count);
  return { text: prompt.text + completer.decodeRaw(said), tokens: [...prompt.tokens, ...said] };
}

// Returns the largest number of tokens whose text has at most `characters` characters.
function tokensWithin(
  completer: ConversationCompleter,
  tokens: readonly number[],
  characters: number,
): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (completer.decodeRaw(tokens.slice(0, middle)).length <= characters) low = middle;
    else high = middle - 1;
  }
  return low;
}
