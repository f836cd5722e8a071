// The tokenizer, the template and the steps of the engine fail at each of their calls, for each kind of turn. The turn ends
// with an `error` event or an answer, the conversation is unchanged, and the server keeps serving. Vitest fails this file
// for any unhandled rejection.

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

const MOST = process.env.QUIRE_FULL === '1' ? 1000 : 2;
const SHORT = { temperature: 0, maxTokens: 3 };
const LONG = 'x '.repeat(300);

const faults = new Faults();
const log: string[] = [];
let engine: Engine;
let server: RunningServer;
let client: ChatClient;
let known: { readonly conversation: string; readonly user: string; readonly assistant: string };

beforeAll(async () => {
  engine = await Engine.create(faultyModel(await loadModel({ model: TINY_MODEL }), faults));
  server = await serveEngine({ engine, host: '127.0.0.1', port: 0, log: (line) => log.push(line) });
  client = await ChatClient.open(server.url);
  const { end } = await client.ask('first', { conversation: 'new', options: SHORT });
  known = { conversation: end.conversation!, ...end.messages! };
});
afterAll(async () => {
  await client.close();
  await server.close();
  await engine.dispose();
});

/** Sends a frame and returns the events of its turn, from the first to the last. */
async function eventsOf(frame: object): Promise<ChatEvent[]> {
  const from = client.events.length;
  client.send(frame);
  const received = () => client.events.slice(from);
  await expect
    .poll(() => received().some(({ type }) => type === 'end' || type === 'error'), { timeout: 20_000 })
    .toBe(true);
  return received();
}

async function read(): Promise<{ head: string; messages: { id: string; state: string }[] }> {
  return (await fetch(`${server.url}/conversations/${known.conversation}`)).json() as never;
}

const TURNS: readonly [string, () => object][] = [
  ['a new conversation', () => ({ conversation: 'new', message: 'hi', options: SHORT })],
  [
    "a turn in the socket's own conversation",
    () => ({ reset: true, message: 'hi', options: { ...SHORT, badWords: ['zz'] } }),
  ],
  ['an edit', () => ({ ...at(), edit: known.user, message: 'other', options: SHORT })],
  ['another answer', () => ({ ...at(), regenerate: known.assistant, options: SHORT })],
  ['a message that is too long', () => ({ ...at(), message: LONG })],
  ['an edit that is too long', () => ({ ...at(), edit: known.user, message: LONG })],
  [
    'a new conversation that truncates its context',
    () => ({ conversation: 'new', message: LONG, contextPolicy: 'truncate', options: SHORT }),
  ],
];
const at = (): object => ({ conversation: known.conversation });

describe.each(TURNS)('%s', (_name, frame) => {
  test('ends with an answer or an error whichever part fails', { timeout: 120_000 }, async () => {
    faults.disarm();
    const whole = (await eventsOf(frame())).at(-1);
    const ways = faults.ways(MOST);
    expect(ways.length).toBeGreaterThan(0);
    for (const way of ways) {
      const before = await read();
      faults.arm(way);
      const last = (await eventsOf(frame())).at(-1);
      const shown = `${way.method} ${way.mode} at call ${way.at}`;
      expect(['end', 'error'], shown).toContain(last?.type);
      if (whole?.type === 'end' && faults.struck) {
        expect(last, shown).toMatchObject({ type: 'error', ended: true });
        expect((await read()).head, shown).toBe(before.head);
      }
      faults.disarm();
      for (const { state } of (await read()).messages) expect(state).toBe('complete');
    }
    // The server still answers as before.
    const last = await eventsOf({ conversation: 'new', message: 'first', options: SHORT });
    expect(last.at(-1)).toMatchObject({ type: 'end', finishReason: 'length' });
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    await expect.poll(() => engine.counters).toMatchObject({ running: 0, waiting: 0 });
  });
});

test('the error for a message that is too long reports its tokens without encoding it again', async () => {
  faults.disarm();
  const frame = { conversation: known.conversation, message: LONG };
  const last = (await eventsOf(frame)).at(-1);
  const refused = { type: 'error', code: 'context_length_exceeded', ended: true };
  expect(last).toMatchObject({ ...refused, promptTokens: expect.any(Number) });
  const { count } = faults.calls.get('template.encodeAsync')!;
  for (const mode of ['throws', 'rejects'] as const) {
    faults.arm({ method: 'template.encodeAsync', at: count, mode }); // one call more than the turn needs
    expect((await eventsOf(frame)).at(-1)).toMatchObject(refused);
  }
  faults.disarm();
});

test('a chat completion fails alone with status 500 whichever part fails', async () => {
  const body = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 3, temperature: 0 };
  const ask = () => postJson(`${server.url}/v1/chat/completions`, body);
  faults.disarm();
  const { choices } = (await (await ask()).json()) as { choices: unknown };
  for (const way of faults.ways(MOST)) {
    faults.arm(way);
    const response = await ask();
    const text = await response.text();
    expect([response.status, faults.struck], text).toEqual([500, true]);
    expect(text).toContain('"code":"internal"');
    faults.disarm();
    expect(((await (await ask()).json()) as { choices: unknown }).choices).toEqual(choices);
  }
  expect(log.some((line) => line.includes(FAULT))).toBe(true);
});
