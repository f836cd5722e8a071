// OpenAI's own client, connected to a tiny server.

import OpenAI from 'openai';
import type { TinyServer } from './tiny-server.ts';

export const openaiClient = ({ url }: TinyServer): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any', maxRetries: 0 });

type WholeRequest = OpenAI.ChatCompletionCreateParamsNonStreaming;
type StreamRequest = OpenAI.ChatCompletionCreateParamsStreaming;

/** Chat completions of one message with 12 greedy tokens: `ask` for the whole answer, `follow` for a stream. */
export function openaiCalls(client: OpenAI, model: string) {
  const request = (content: string) => ({
    model,
    messages: [{ role: 'user' as const, content }],
    max_tokens: 12,
    temperature: 0,
  });
  return {
    ask: (content: string, more: Partial<WholeRequest> = {}) =>
      client.chat.completions.create({ ...request(content), ...more }),
    follow: (content: string, more: Partial<StreamRequest> = {}) =>
      client.chat.completions.create({ ...request(content), ...more, stream: true }),
  };
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
