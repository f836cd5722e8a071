// Damaged and hostile bodies, paths and queries of the conversation routes: each request succeeds or fails with a 4xx status, never
// a 5xx, and the server continues to serve.

import { afterEach, beforeAll, expect, test } from 'vitest';
import { mutateBytes } from '../support/faults/mutate-bytes.ts';
import { UNEXPECTED_VALUES } from '../support/faults/unexpected-values.ts';
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
/** the ids of an existing conversation and of its messages */
let existing: Awaited<ReturnType<typeof createConversation>>;

beforeAll(async () => {
  existing = await createConversation(tiny);
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
    `/conversations/${existing.conversation}`,
    { title: 't', head: existing.assistant, contextPolicy: 'error', sampling: { topP: 0.5 } },
  ],
  ['POST', `/conversations/${existing.conversation}/fork`, { message: existing.assistant }],
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

test('undamaged bodies are accepted', async () => {
  for (const [method, path, body] of routes())
    expect((await send(method, path, JSON.stringify(body))).status).toBeLessThan(300);
});

test(`${ROUNDS} damaged bodies are accepted or rejected`, async () => {
  const random = randomNumbers(815);
  const statuses = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const [method, path, body] = routes()[round % 4]!;
    const bytes = Buffer.from(JSON.stringify(body));
    const damagedBytes = mutateBytes(bytes, bytes.length, random);
    const answer = await send(method, path, damagedBytes);
    expectResultOrError(answer, Buffer.from(damagedBytes));
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
  }
  console.log(`statuses ${JSON.stringify(Object.fromEntries(statuses))}`);
  expect(statuses.get(400)).toBeGreaterThan(ROUNDS / 10);
});

test('every field with every unusual value is accepted or rejected', async () => {
  for (const [method, path, body] of routes()) {
    for (const name of [...Object.keys(body), 'no_such', '__proto__', 'constructor']) {
      for (const value of UNEXPECTED_VALUES) {
        const text = JSON.stringify({ ...body, [name]: value });
        expectResultOrError(await send(method, path, text), text);
      }
    }
    for (const value of UNEXPECTED_VALUES)
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
])('every route rejects the conversation id %s', async (id) => {
  for (const [method, suffix] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/fork'],
    ['GET', '/export'],
  ] as const) {
    const answer = await fetch(`${tiny.url}/conversations/${id}${suffix}`, { method });
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
])('the list route answers or rejects the query %s', async (query) => {
  const answer = await fetch(`${tiny.url}/conversations?${query}`);
  expect(answer.status).toBeLessThan(500);
  await answer.text();
});
