// Each kind of turn is repeated while one call of the tokenizer, the template or an engine step fails. The turn ends with an
// `error` event or an answer, a failed turn does not change the conversation, and the server continues to serve. Vitest fails this
// file for any unhandled rejection.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { loadModel } from '../../src/engine/node/load-model.ts';
import type { ChatEvent } from '../../src/server/protocols/chat-socket/chat-events.ts';
import type { RunningServer } from '../../src/server/start-server.ts';
import { FAULT, Faults, faultyModel } from '../support/faults/fault-injection.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { postJson } from '../support/server/http-calls.ts';
import { serveEngine } from '../support/server/serve-engine.ts';
import { TINY_MODEL } from '../support/server/tiny-server.ts';

const MAX_FAULTS = process.env.QUIRE_FULL === '1' ? 1000 : 2;
const SHORT_OPTIONS = { temperature: 0, maxTokens: 3 };
const LONG_MESSAGE = 'x '.repeat(300);

const faults = new Faults();
const log: string[] = [];
let engine: Engine;
let server: RunningServer;
let client: ChatClient;
let conversationIds: { readonly conversation: string; readonly user: string; readonly assistant: string };

beforeAll(async () => {
  engine = await Engine.create(faultyModel(await loadModel({ model: TINY_MODEL }), faults));
  server = await serveEngine({ engine, host: '127.0.0.1', port: 0, log: (line) => log.push(line) });
  client = await ChatClient.open(server.url);
  const { end } = await client.ask('first', { conversation: 'new', options: SHORT_OPTIONS });
  conversationIds = { conversation: end.conversation!, ...end.messages! };
});
afterAll(async () => {
  await client.close();
  await server.close();
  await engine.dispose();
});

/** Sends a frame and returns the events of its turn, from the first to the last. */
async function eventsOf(frame: object): Promise<ChatEvent[]> {
  const firstEvent = client.events.length;
  client.send(frame);
  const received = () => client.events.slice(firstEvent);
  await expect
    .poll(() => received().some(({ type }) => type === 'end' || type === 'error'), { timeout: 20_000 })
    .toBe(true);
  return received();
}

async function readConversation(): Promise<{ head: string; messages: { id: string; state: string }[] }> {
  return (await fetch(`${server.url}/conversations/${conversationIds.conversation}`)).json() as never;
}

const TURNS: readonly [string, () => object][] = [
  ['a new conversation', () => ({ conversation: 'new', message: 'hi', options: SHORT_OPTIONS })],
  [
    'a turn in the conversation of the socket',
    () => ({ reset: true, message: 'hi', options: { ...SHORT_OPTIONS, badWords: ['zz'] } }),
  ],
  ['an edit', () => ({ ...target(), edit: conversationIds.user, message: 'other', options: SHORT_OPTIONS })],
  [
    'a regenerated answer',
    () => ({ ...target(), regenerate: conversationIds.assistant, options: SHORT_OPTIONS }),
  ],
  ['a message that is too long', () => ({ ...target(), message: LONG_MESSAGE })],
  ['an edit that is too long', () => ({ ...target(), edit: conversationIds.user, message: LONG_MESSAGE })],
  [
    'a new conversation that truncates its context',
    () => ({ conversation: 'new', message: LONG_MESSAGE, contextPolicy: 'truncate', options: SHORT_OPTIONS }),
  ],
];
const target = (): object => ({ conversation: conversationIds.conversation });

describe.each(TURNS)('%s', (_name, frame) => {
  test('ends with an answer or an error, whichever call fails', { timeout: 120_000 }, async () => {
    faults.disarm();
    const expectedEnd = (await eventsOf(frame())).at(-1);
    const faultCases = faults.possibleFaults(MAX_FAULTS);
    expect(faultCases.length).toBeGreaterThan(0);
    for (const fault of faultCases) {
      const before = await readConversation();
      faults.arm(fault);
      const last = (await eventsOf(frame())).at(-1);
      const details = `${fault.method} ${fault.mode} at call ${fault.callIndex}`;
      expect(['end', 'error'], details).toContain(last?.type);
      if (expectedEnd?.type === 'end' && faults.hasOccurred) {
        expect(last, details).toMatchObject({ type: 'error', ended: true });
        expect((await readConversation()).head, details).toBe(before.head);
      }
      faults.disarm();
      for (const { state } of (await readConversation()).messages) expect(state).toBe('complete');
    }
    // The server still generates answers.
    const last = await eventsOf({ conversation: 'new', message: 'first', options: SHORT_OPTIONS });
    expect(last.at(-1)).toMatchObject({ type: 'end', finishReason: 'length' });
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    await expect.poll(() => engine.counters).toMatchObject({ running: 0, waiting: 0 });
  });
});

test('the error for a message that is too long states its tokens without encoding the message again', async () => {
  faults.disarm();
  const frame = { conversation: conversationIds.conversation, message: LONG_MESSAGE };
  const last = (await eventsOf(frame)).at(-1);
  const expectedError = { type: 'error', code: 'context_length_exceeded', ended: true };
  expect(last).toMatchObject({ ...expectedError, promptTokens: expect.any(Number) });
  const { count } = faults.calls.get('template.encodeAsync')!;
  for (const mode of ['throws', 'rejects'] as const) {
    faults.arm({ method: 'template.encodeAsync', callIndex: count, mode }); // the first call after those that the turn needs
    expect((await eventsOf(frame)).at(-1)).toMatchObject(expectedError);
  }
  faults.disarm();
});

test('only the chat completion in which a call fails responds with status 500, whichever call fails', async () => {
  const body = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 3, temperature: 0 };
  const post = () => postJson(`${server.url}/v1/chat/completions`, body);
  faults.disarm();
  const { choices } = (await (await post()).json()) as { choices: unknown };
  for (const fault of faults.possibleFaults(MAX_FAULTS)) {
    faults.arm(fault);
    const response = await post();
    const text = await response.text();
    expect([response.status, faults.hasOccurred], text).toEqual([500, true]);
    expect(text).toContain('"code":"internal"');
    faults.disarm();
    expect(((await (await post()).json()) as { choices: unknown }).choices).toEqual(choices);
  }
  expect(log.some((line) => line.includes(FAULT))).toBe(true);
});
