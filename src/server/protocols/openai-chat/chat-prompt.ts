// The prompt of a chat completion: all of its messages, or, where the request allows it, what fits of them, and what
// was left out.

import { z } from 'zod';
import { cutMessages } from '../../../chat/cut-messages.ts';
import type { TokenCompleter } from '../../../completion/completer.ts';
import { chatMessages } from '../openai/messages.ts';
import type { ChatRequest } from './chat-request.ts';

export const contextReportSchema = z
  .strictObject({
    policy: z.literal('truncate'),
    dropped_messages: z.int().describe('the oldest messages that the model did not see'),
  })
  .describe('with "context_policy": "truncate"');

export interface ChatPrompt {
  readonly tokens: readonly number[];
  /** where the policy is to truncate */
  readonly report?: z.output<typeof contextReportSchema>;
}

export async function chatPrompt(completer: TokenCompleter, asked: ChatRequest): Promise<ChatPrompt> {
  const messages = chatMessages(asked.messages);
  if (asked.context_policy !== 'truncate') {
    const { tokens } = await completer.encodeChat(messages, undefined, { holds: completer.contextLength });
    return { tokens };
  }
  const { tokens, droppedMessages } = await cutMessages({
    completer,
    messages,
    maxTokens: asked.max_tokens,
    countTokens: async (text) => (await completer.tokenizer.encodePromptAsync(text)).length,
  });
  return { tokens, report: { policy: 'truncate', dropped_messages: droppedMessages } };
}
