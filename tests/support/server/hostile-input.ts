// Checks a server after damaged or hostile input: errors have the documented form, and the server still responds.

import { afterAll, beforeAll, expect } from 'vitest';
import { ChatClient } from './chat-client.ts';
import type { TinyServer } from './tiny-server.ts';

/** Returns a list to which unhandled rejections are added while the tests of a file run. */
export function unhandledRejections(): readonly unknown[] {
  const reasons: unknown[] = [];
  const record = (reason: unknown): number => reasons.push(reason);
  beforeAll(() => {
    process.on('unhandledRejection', record);
  });
  afterAll(() => {
    process.off('unhandledRejection', record);
  });
  return reasons;
}

/** Creates a conversation with one short answer. Returns the ids of the conversation and of its messages. */
export async function createConversation({ url }: TinyServer) {
  const client = await ChatClient.open(url);
  const { end } = await client.ask('a', { conversation: 'new', options: { temperature: 0, maxTokens: 2 } });
  await client.close();
  return { conversation: end.conversation!, ...end.messages! };
}

const isParam = (param: unknown): boolean => param === null || typeof param === 'string';

/** Expects success or a 4xx status with a short error in OpenAI's format. @param sent the request, shown if the check fails */
export function expectResultOrError({ status, text }: { status: number; text: string }, sent: unknown): void {
  expect(status, `${String(sent).slice(0, 500)} gave ${text.slice(0, 500)}`).toBeLessThan(500);
  if (status < 300) return;
  expect(status).toBeGreaterThanOrEqual(400);
  expect(JSON.parse(text)).toEqual({
    error: {
      message: expect.any(String),
      type: expect.any(String),
      param: expect.toSatisfy(isParam),
      code: expect.any(String),
    },
  });
  expect(text.length).toBeLessThan(2000);
}

/** Expects an answer to a new message, and then no request in the engine, no reserved KV memory and an empty log. */
export async function expectStillServing(tiny: TinyServer): Promise<void> {
  const client = await ChatClient.open(tiny.url);
  const { end } = await client.ask('still there?', { options: { temperature: 0, maxTokens: 2 } });
  expect(end.usage!.generatedTokens).toBeGreaterThan(0);
  await client.close();
  await expect
    .poll(() => tiny.engine.counters, { timeout: 20_000 })
    .toMatchObject({ running: 0, waiting: 0 });
  expect(tiny.engine.kvUsage).toMatchObject({ reservedBytes: 0, usedBytes: 0 });
  expect(tiny.log).toEqual([]);
}
