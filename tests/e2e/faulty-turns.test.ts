// Tokenizer, template and steps of the engine behind the chat socket fail at each of their calls, for each kind of turn: it
// ends with an `error` event or an answer, the conversation is as it was, and the server serves on. Vitest fails
// this file for any rejection that nobody hears.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { loadModel } from '../../src/engine/node/load-model.ts';
import type { ChatEvent } from '../../src/server/protocols/chat-socket/chat-events.ts';
import type { RunningServer } from '../../src/server/start-server.ts';
import { FAULT, Faults } from '../support/faults/fault-injection.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { serveEngine } from '../support/server/serve-engine.ts';

const MODEL = fileURLToPath(new URL('../golden/fixtures/tiny-llama', import.meta.url));
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
  const model = await loadModel({ model: MODEL });
  const { backend } = model;
  engine = await Engine.create({
    ...model,
    tokenizer: faults.wrap('tokenizer', model.tokenizer),
    template: faults.wrap('template', model.template!),
    backend: {
      ...backend,
      createExecutable: async (request) => faults.wrap('executable', await backend.createExecutable(request)),
    },
  });
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

/** What comes for a turn, from its first event to the last. */
async function eventsOf(frame: object): Promise<ChatEvent[]> {
  const from = client.events.length;
  client.send(frame);
  const came = () => client.events.slice(from);
  await expect
    .poll(() => came().some(({ type }) => type === 'end' || type === 'error'), { timeout: 20_000 })
    .toBe(true);
  return came();
}

async function read(): Promise<{ head: string; messages: { id: string; state: string }[] }> {
  return (await fetch(`${server.url}/conversations/${known.conversation}`)).json() as never;
}

const TURNS: readonly [string, () => object][] = [
  ['a new conversation', () => ({ conversation: 'new', message: 'hi', options: SHORT })],
  ["the socket's own", () => ({ reset: true, message: 'hi', options: { ...SHORT, badWords: ['zz'] } })],
  ['an edit', () => ({ ...at(), edit: known.user, message: 'other', options: SHORT })],
  ['another answer', () => ({ ...at(), regenerate: known.assistant, options: SHORT })],
  ['a message that is too long', () => ({ ...at(), message: LONG })],
  ['an edit that is too long', () => ({ ...at(), edit: known.user, message: LONG })],
  [
    'a new one that truncates',
    () => ({ conversation: 'new', message: LONG, contextPolicy: 'truncate', options: SHORT }),
  ],
];
const at = (): object => ({ conversation: known.conversation });

describe.each(TURNS)('%s', (_name, frame) => {
  test('ends, whatever fails', { timeout: 120_000 }, async () => {
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
    // Still there, and as good as before.
    const last = await eventsOf({ conversation: 'new', message: 'first', options: SHORT });
    expect(last.at(-1)).toMatchObject({ type: 'end', finishReason: 'length' });
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    await expect.poll(() => engine.counters).toMatchObject({ running: 0, waiting: 0 });
  });
});

test('a refusal tells its tokens without counting them again', async () => {
  faults.disarm();
  const frame = { conversation: known.conversation, message: LONG };
  const last = (await eventsOf(frame)).at(-1);
  const refused = { type: 'error', code: 'context_length_exceeded', ended: true };
  expect(last).toMatchObject({ ...refused, promptTokens: expect.any(Number) });
  const { count } = faults.calls.get('template.encodeAsync')!;
  for (const mode of ['throws', 'rejects'] as const) {
    faults.arm({ method: 'template.encodeAsync', at: count, mode }); // one more than it takes
    expect((await eventsOf(frame)).at(-1)).toMatchObject(refused);
  }
  faults.disarm();
});

test('HTTP fails alone too', async () => {
  const ask = () =>
    fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'hi' }], max_tokens: 3, temperature: 0 }),
    });
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
