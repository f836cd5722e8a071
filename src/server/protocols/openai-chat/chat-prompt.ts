// Encodes the prompt of a chat completion. With `context_policy: "truncate"`, the prompt contains only the messages that fit the
// context, and a report states how many messages were dropped.

import { z } from 'zod';
import { truncateMessages } from '../../../chat/truncate-messages.ts';
import type { TokenCompleter } from '../../../completion/completer.ts';
import { chatMessages } from '../openai/messages.ts';
import type { ChatParameters } from './chat-request.ts';

export const contextReportSchema = z
  .strictObject({
    policy: z.literal('truncate'),
    dropped_messages: z.int().describe('number of oldest messages that the model did not receive'),
  })
  .describe('with "context_policy": "truncate"');

export type ContextReport = z.output<typeof contextReportSchema>;

export interface ChatPrompt {
  readonly tokens: readonly number[];
  /** present if the context policy is `truncate` */
  readonly report?: ContextReport;
}

export async function chatPrompt(completer: TokenCompleter, parameters: ChatParameters): Promise<ChatPrompt> {
  const messages = chatMessages(parameters.messages);
  if (parameters.context_policy !== 'truncate') {
    const { tokens } = await completer.encodeChat(messages, undefined, { holds: completer.contextLength });
    return { tokens };
  }
  const { tokens, droppedMessages } = await truncateMessages({
    completer,
    messages,
    maxTokens: parameters.max_tokens,
    countTokens: async (text) => (await completer.tokenizer.encodePromptAsync(text)).length,
  });
  return { tokens, report: { policy: 'truncate', dropped_messages: droppedMessages } };
}
