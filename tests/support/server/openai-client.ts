// OpenAI's official client, connected to a tiny server.

import OpenAI from 'openai';
import type { TinyServer } from './tiny-server.ts';

export const openaiClient = ({ url }: TinyServer): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any', maxRetries: 0 });

type CompletionRequest = OpenAI.ChatCompletionCreateParamsNonStreaming;
type StreamRequest = OpenAI.ChatCompletionCreateParamsStreaming;

/** Creates functions that request an answer of 12 greedy tokens to one message: `ask` as one response, `follow` as a stream. */
export function openaiCalls(client: OpenAI, model: string) {
  const request = (content: string) => ({
    model,
    messages: [{ role: 'user' as const, content }],
    max_tokens: 12,
    temperature: 0,
  });
  return {
    ask: (content: string, parameters: Partial<CompletionRequest> = {}) =>
      client.chat.completions.create({ ...request(content), ...parameters }),
    follow: (content: string, parameters: Partial<StreamRequest> = {}) =>
      client.chat.completions.create({ ...request(content), ...parameters, stream: true }),
  };
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
