// Computes the token ids of an imported conversation. An export contains no token ids, because an import could not trust them:
// with ids that do not match the text, a conversation would show one text and compute another. Only the current branch is
// encoded here; other branches are encoded when they are continued.

import { QuireError } from '../../base/errors.ts';
import type { ChatEncoding, ChatMessage } from '../../completion/chat-message.ts';
import type { ConversationCompleter } from '../conversation-completer.ts';
import type { StoredConversation } from '../conversation-store.ts';
import { MessageTree } from '../message-tree.ts';

/** Returns the conversation with the token ids of its current branch, or `stored` itself if that branch cannot be encoded. */
export async function encodeCurrentBranch(
  completer: ConversationCompleter,
  stored: StoredConversation,
): Promise<StoredConversation> {
  const { record, messages } = stored;
  const path = new MessageTree(messages).path(record.head);
  const head = path.at(-1);
  if (head === undefined) return stored;
  const messagesInPrompt = path
    .slice(head.droppedMessages)
    .map(({ role, content }): ChatMessage => ({ role, content }));
  const systemMessages: ChatMessage[] =
    record.system === undefined ? [] : [{ role: 'system', content: record.system }];
  const hasEndToken = head.report?.finishReason === 'stop';
  const chat = [...systemMessages, ...messagesInPrompt];
  const history = await encodeHistory(completer, chat, hasEndToken).catch((error: unknown) => {
    // The branch is too long, or the template rejects it. The next turn reports the error.
    if (error instanceof QuireError) return undefined;
    throw error;
  });
  if (history === undefined) return stored;
  const { identity: model } = completer;
  const encodedHead = { ...head, model, tokens: history.tokens, rendered: history.text };
  return { record, messages: messages.map((message) => (message.id === head.id ? encodedHead : message)) };
}

const NEXT_QUESTION: ChatMessage = { role: 'user', content: '?' };

// Encodes the prompt of the last answer and the answer itself, as the template renders them before a further question.
// Includes the end token of the answer if `hasEndToken`. Returns undefined if the template does not render the answer verbatim.
async function encodeHistory(
  completer: ConversationCompleter,
  messages: readonly ChatMessage[],
  hasEndToken: boolean,
): Promise<ChatEncoding | undefined> {
  const prompt = await completer.encodeChat(messages.slice(0, -1));
  const next = await completer.encodeChat([...messages, NEXT_QUESTION], prompt);
  const answer = messages.at(-1)!.content;
  if (answer === '' || !next.text.startsWith(answer, prompt.text.length)) return undefined;
  if (!next.text.startsWith(prompt.text)) return undefined;
  const tokensAfterPrompt = next.tokens.slice(prompt.tokens.length);
  let count = countTokensWithin(completer, tokensAfterPrompt, answer.length);
  if (completer.decodeRaw(tokensAfterPrompt.slice(0, count)) !== answer) return undefined;
  if (hasEndToken && count < tokensAfterPrompt.length) count++;
  const answerTokens = tokensAfterPrompt.slice(0, count);
  return {
    text: prompt.text + completer.decodeRaw(answerTokens),
    tokens: [...prompt.tokens, ...answerTokens],
  };
}

// Returns how many of the first tokens have a text of at most `characters` characters.
function countTokensWithin(
  completer: ConversationCompleter,
  tokens: readonly number[],
  characters: number,
): number {
  let minCount = 0;
  let maxCount = tokens.length;
  while (minCount < maxCount) {
    const middle = Math.ceil((minCount + maxCount) / 2);
    if (completer.decodeRaw(tokens.slice(0, middle)).length <= characters) minCount = middle;
    else maxCount = middle - 1;
  }
  return minCount;
}
