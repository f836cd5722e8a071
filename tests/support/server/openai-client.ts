// Calls of OpenAI's own client to a tiny server, as the tests of the API make them.

import OpenAI from 'openai';
import type { TinyServer } from './tiny-server.ts';

export const openaiClient = ({ url }: TinyServer): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any', maxRetries: 0 });

type Whole = OpenAI.ChatCompletionCreateParamsNonStreaming;
type Streamed = OpenAI.ChatCompletionCreateParamsStreaming;

/** One message, 12 greedy tokens: the answer whole, or in pieces. */
export function openaiCalls(client: OpenAI, model: string) {
  const usual = (content: string) => ({
    model,
    messages: [{ role: 'user' as const, content }],
    max_tokens: 12,
    temperature: 0,
  });
  return {
    ask: (content: string, more: Partial<Whole> = {}) =>
      client.chat.completions.create({ ...usual(content), ...more }),
    follow: (content: string, more: Partial<Streamed> = {}) =>
      client.chat.completions.create({ ...usual(content), ...more, stream: true }),
  };
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
