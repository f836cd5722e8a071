// Damaged and hostile bodies, paths and queries of the conversation routes: each succeeds or gets a 4xx status, never a 5xx,
// and the server keeps serving.

import { afterEach, beforeAll, expect, test } from 'vitest';
import { mutate } from '../support/faults/mutate-bytes.ts';
import { STRANGE } from '../support/faults/strange-values.ts';
import { randomNumbers } from '../support/random.ts';
import {
  createConversation,
  expectResultOrError,
  expectStillServing,
  unhandledRejections,
} from '../support/server/hostile-input.ts';
import { jsonPost } from '../support/server/http-calls.ts';
import { tinyServerForTests } from '../support/server/tiny-server.ts';

const ROUNDS = process.env.QUIRE_FULL === '1' ? 10_000 : 400;

const tiny = tinyServerForTests();
const unhandled = unhandledRejections();
/** an existing conversation and the ids of its messages */
let known: Awaited<ReturnType<typeof createConversation>>;

beforeAll(async () => {
  known = await createConversation(tiny);
});
afterEach(async () => {
  await expectStillServing(tiny);
  expect(unhandled).toEqual([]);
});

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
  const response = await fetch(tiny.url + path, { ...jsonPost(body), method });
  return { status: response.status, text: await response.text() };
}

test('the undamaged bodies are accepted', async () => {
  for (const [method, path, body] of routes())
    expect((await send(method, path, JSON.stringify(body))).status).toBeLessThan(300);
});

test(`${ROUNDS} damaged bodies are accepted or refused`, async () => {
  const random = randomNumbers(815);
  const statuses = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const [method, path, body] = routes()[round % 4]!;
    const bytes = Buffer.from(JSON.stringify(body));
    const damaged = mutate(bytes, bytes.length, random);
    const answer = await send(method, path, damaged);
    expectResultOrError(answer, Buffer.from(damaged));
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
  }
  console.log(`statuses ${JSON.stringify(Object.fromEntries(statuses))}`);
  expect(statuses.get(400)).toBeGreaterThan(ROUNDS / 10);
});

test('every field with every strange value is accepted or refused', async () => {
  for (const [method, path, body] of routes()) {
    for (const name of [...Object.keys(body), 'no_such', '__proto__', 'constructor']) {
      for (const value of STRANGE) {
        const text = JSON.stringify({ ...body, [name]: value });
        expectResultOrError(await send(method, path, text), text);
      }
    }
    for (const value of STRANGE)
      expectResultOrError(await send(method, path, JSON.stringify(value)), JSON.stringify(value));
  }
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
])('a conversation with the id %s is refused on every route', async (id) => {
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
])('a list with the query %s is answered or refused', async (query) => {
  const answer = await fetch(`${tiny.url}/conversations?${query}`);
  expect(answer.status).toBeLessThan(500);
  await answer.text();
});
