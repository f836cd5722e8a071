// Bodies that are damaged, or that mean harm: each gets a 4xx or an answer, never a 5xx; the server goes on, and no
// sequence is left behind.

import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { mutate } from '../support/faults/mutate-bytes.ts';
import { randomNumbers } from '../support/random.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

const ROUNDS = process.env.QUIRE_FULL === '1' ? 10_000 : 400;
const MESSAGES = [{ role: 'user', content: 'a' }];

const SEEDS: readonly [path: string, body: object][] = [
  [
    '/v1/chat/completions',
    {
      model: 'tiny-llama',
      messages: [
        { role: 'system', content: 'x' },
        ...MESSAGES,
        { role: 'assistant', content: [{ type: 'text', text: 'é' }] },
      ],
      max_tokens: 2,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      stop: ['x'],
      seed: 3,
      n: 2,
      logprobs: true,
      top_logprobs: 3,
      logit_bias: { 5: 1 },
    },
  ],
  [
    '/v1/chat/completions',
    {
      messages: MESSAGES,
      max_tokens: 2,
      stream: true,
      stream_options: { include_usage: true },
      cache_salt: 's',
    },
  ],
  ['/v1/completions', { prompt: ['a', 'b'], max_tokens: 2, logprobs: 1, presence_penalty: 1 }],
  ['/v1/completions', { prompt: [5, 6, 7], max_tokens: 2, stream: true }],
  ['/tokenize', { messages: MESSAGES, add_generation_prompt: true }],
  ['/detokenize', { tokens: [1, 2, 300] }],
  ['/apply-template', { messages: MESSAGES }],
];

/** Values that are legal JSON and seldom meant. */
const STRANGE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  9007199254740992,
  '',
  'x',
  '\ud800',
  '\u0000',
  'x'.repeat(5000),
  [],
  [[]],
  [null],
  {},
  { constructor: 1 },
  { toString: null },
  Array.from({ length: 300 }, () => 'y'),
];

let tiny: TinyServer;
const agent = new Agent({ keepAlive: true, maxSockets: 4 });

beforeAll(async () => {
  tiny = await startTinyServer();
});

afterAll(async () => {
  agent.destroy();
  await tiny.stop();
});

function post(path: string, body: Uint8Array | string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        port: tiny.server.port,
        host: '127.0.0.1',
        path,
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json' },
      },
      (response) => {
        let text = '';
        response.on('data', (data) => {
          text += String(data);
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}

function expectManners({ status, text }: { status: number; text: string }, body: unknown): void {
  expect(status, `${String(body).slice(0, 500)} gave ${text.slice(0, 500)}`).toBeLessThan(500);
  if (status === 200) return;
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

test(`${ROUNDS} damaged bodies`, async () => {
  const random = randomNumbers(20_261);
  const refused = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    const [path, body] = SEEDS[round % SEEDS.length]!;
    const bytes = Buffer.from(JSON.stringify(body));
    const damaged = mutate(bytes, bytes.length, random);
    const answer = await post(path, damaged);
    expectManners(answer, Buffer.from(damaged));
    refused.add(answer.status);
  }
  expect(refused).toContain(400);
  await expectAlive();
});

test('every parameter with every strange value', async () => {
  for (const [path, body] of SEEDS) {
    for (const name of [...Object.keys(body), 'no_such', '__proto__', 'constructor']) {
      for (const value of STRANGE) {
        const text = JSON.stringify({ ...body, [name]: value });
        expectManners(await post(path, text), text);
      }
    }
  }
  await expectAlive();
});

test.each([
  ['nothing', ''],
  ['deep brackets', '['.repeat(100_000)],
  ['deep objects', '{"messages":'.repeat(20_000)],
  ['a prototype', '{"__proto__":{"messages":[]},"messages":[{"role":"user","content":"x"}]}'],
  ['a constructor', '{"constructor":{"prototype":{}},"messages":[{"role":"user","content":"x"}]}'],
  ['a number', '1'],
  ['a text', '"x"'],
  ['a name that is long', JSON.stringify({ ['n'.repeat(100_000)]: 1 })],
])('%s', async (_name, body) => {
  for (const [path] of SEEDS) {
    const answer = await post(path, body);
    expectManners(answer, body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }
  await expectAlive();
});

const many = (one: string, count: number): string => `[${`${one},`.repeat(count)}${one}]`;

test.each([
  ['/v1/completions', `{"prompt":${many('{}', 1_300_000)}}`],
  ['/v1/completions', `{"prompt":${many('1', 2_000_000)}}`],
  ['/v1/completions', `{"prompt":${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}}`],
  ['/v1/completions', `{"prompt":"a","stop":${many('""', 1_300_000)}}`],
  ['/v1/chat/completions', `{"messages":${many('{}', 1_300_000)}}`],
  ['/v1/chat/completions', `{"messages":${many('{"role":"user","content":"a"}', 130_000)}}`],
  ['/v1/chat/completions', `{"messages":[{"role":"user","content":${many('{}', 1_300_000)}}]}`],
  ['/detokenize', `{"tokens":${many('5', 2_000_000)}}`],
  ['/conversations', `{"sampling":{"stop":${many('""', 1_300_000)}}}`],
  ['/conversations/import', `{"messages":${many('{}', 1_300_000)}}`],
])('%s, %.30s...: four megabytes are refused before they are parsed', async (path, body) => {
  const parse = vi.spyOn(JSON, 'parse');
  const answer = await post(path, body);
  const parsed = parse.mock.calls.filter(([text]) => text.length > 100_000);
  parse.mockRestore();
  expectManners(answer, body);
  expect(answer.status).toBe(400);
  expect(parsed).toEqual([]);
});

async function expectAlive(): Promise<void> {
  expect(
    (await post('/v1/chat/completions', JSON.stringify({ messages: MESSAGES, max_tokens: 1 }))).status,
  ).toBe(200);
  await expect.poll(() => tiny.engine.counters).toMatchObject({ running: 0, waiting: 0 });
  expect(tiny.engine.kvUsage.reservedBytes).toBe(0);
  expect(tiny.log).toEqual([]);
}
