// Bodies and addresses of the conversation routes that are damaged, or that mean harm: each gets a 4xx, never a 5xx,
// and the server goes on.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { mutate } from '../support/faults/mutate-bytes.ts';
import { STRANGE } from '../support/faults/strange-values.ts';
import { randomNumbers } from '../support/random.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

const ROUNDS = process.env.QUIRE_FULL === '1' ? 10_000 : 400;
const SHORT = { temperature: 0, maxTokens: 2 };

let tiny: TinyServer;
/** a conversation that is there, with the id of its answer */
let known: { readonly conversation: string; readonly assistant: string };
const unhandled: unknown[] = [];
const note = (reason: unknown): number => unhandled.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', note);
  tiny = await startTinyServer();
  const client = await ChatClient.open(tiny.url);
  const { end } = await client.ask('a', { conversation: 'new', options: SHORT });
  known = { conversation: end.conversation!, assistant: end.messages!.assistant };
  await client.close();
});

afterAll(async () => {
  await tiny.stop();
  process.off('unhandledRejection', note);
});

async function expectAlive(): Promise<void> {
  const client = await ChatClient.open(tiny.url);
  expect((await client.ask('still there?', { options: SHORT })).end.usage!.generatedTokens).toBeGreaterThan(
    0,
  );
  await client.close();
  await expect
    .poll(() => tiny.engine.counters, { timeout: 20_000 })
    .toMatchObject({ running: 0, waiting: 0 });
  expect(tiny.engine.kvUsage).toMatchObject({ reservedBytes: 0, usedBytes: 0 });
  expect(tiny.log).toEqual([]);
  expect(unhandled).toEqual([]);
}

const routes = (): readonly (readonly [method: string, path: string, body: object])[] => [
  [
    'POST',
    '/conversations',
    {
      system: 'x',
      title: 't',
      contextPolicy: { kind: 'truncate', lowWater: 0.5 },
      sampling: { temperature: 1, stop: ['x'], logitBias: { 5: 1 }, seed: 1 },
    },
  ],
  [
    'PATCH',
    `/conversations/${known.conversation}`,
    { title: 't', head: known.assistant, contextPolicy: 'error', sampling: { topP: 0.5 } },
  ],
  ['POST', `/conversations/${known.conversation}/fork`, { message: known.assistant }],
  ['PUT', '/settings/page', { language: 'en', deep: { list: [1, null, 'x'] } }],
];

async function send(
  method: string,
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<{ status: number; text: string }> {
  const response = await fetch(tiny.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body,
  });
  return { status: response.status, text: await response.text() };
}

function expectRefusal({ status, text }: { status: number; text: string }, sent: unknown): void {
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

const isParam = (param: unknown): boolean => param === null || typeof param === 'string';

test('those that are in order are taken', async () => {
  for (const [method, path, body] of routes())
    expect((await send(method, path, JSON.stringify(body))).status).toBeLessThan(300);
});

test(`${ROUNDS} that are damaged`, async () => {
  const random = randomNumbers(815);
  const statuses = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const [method, path, body] = routes()[round % 4]!;
    const bytes = Buffer.from(JSON.stringify(body));
    const damaged = mutate(bytes, bytes.length, random);
    const answer = await send(method, path, damaged);
    expectRefusal(answer, Buffer.from(damaged));
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
  }
  console.log(`statuses ${JSON.stringify(Object.fromEntries(statuses))}`);
  expect(statuses.get(400)).toBeGreaterThan(ROUNDS / 10);
  await expectAlive();
});

test('every field with every strange value', async () => {
  for (const [method, path, body] of routes()) {
    for (const name of [...Object.keys(body), 'no_such', '__proto__', 'constructor']) {
      for (const value of STRANGE) {
        const text = JSON.stringify({ ...body, [name]: value });
        expectRefusal(await send(method, path, text), text);
      }
    }
    for (const value of STRANGE)
      expectRefusal(await send(method, path, JSON.stringify(value)), JSON.stringify(value));
  }
  await expectAlive();
});

test.each([
  '__proto__',
  'constructor',
  '%00',
  '%ff',
  '%2e%2e%2f%2e%2e',
  'x'.repeat(400),
  'x'.repeat(5000),
  "'%20or%201=1",
  '%F0%9F%98%80',
])('a conversation that is called %s', async (id) => {
  for (const [method, rest] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/fork'],
    ['GET', '/export'],
  ] as const) {
    const answer = await fetch(`${tiny.url}/conversations/${id}${rest}`, { method });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    await answer.text();
  }
  await expectAlive();
});

test.each([
  'limit=1e99',
  'limit=x',
  'limit=-1',
  'before=-1',
  'before=1e308',
  'search=%00',
  'search=%25_%5C',
  'search=%ff',
  'search=a&search=b',
  `search=${'x'.repeat(5000)}`,
  '__proto__=1',
  'constructor[prototype]=1',
])('a list with %s', async (query) => {
  const answer = await fetch(`${tiny.url}/conversations?${query}`);
  expect(answer.status).toBeLessThan(500);
  await answer.text();
  await expectAlive();
});
