// Damaged and hostile bodies: the response is an answer or a 4xx status, never a 5xx. The server continues to serve, and no
// sequence remains in the engine.

import { Agent, request } from 'node:http';
import { afterAll, expect, test, vi } from 'vitest';
import { mutateBytes } from '../support/faults/mutate-bytes.ts';
import { UNEXPECTED_VALUES } from '../support/faults/unexpected-values.ts';
import { randomNumbers } from '../support/random.ts';
import { expectResultOrError, expectStillServing } from '../support/server/hostile-input.ts';
import { tinyServerForTests } from '../support/server/tiny-server.ts';

const ROUNDS = process.env.QUIRE_FULL === '1' ? 10_000 : 400;
const MESSAGES = [{ role: 'user', content: 'a' }];

const REQUESTS: readonly [path: string, body: object][] = [
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

const tiny = tinyServerForTests();
const agent = new Agent({ keepAlive: true, maxSockets: 4 });

afterAll(() => agent.destroy());

function post(path: string, body: Uint8Array | string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const clientRequest = request(
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
    clientRequest.on('error', reject);
    clientRequest.end(body);
  });
}

test(`${ROUNDS} damaged bodies are answered or rejected`, async () => {
  const random = randomNumbers(20_261);
  const statuses = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    const [path, body] = REQUESTS[round % REQUESTS.length]!;
    const bytes = Buffer.from(JSON.stringify(body));
    const damagedBytes = mutateBytes(bytes, bytes.length, random);
    const response = await post(path, damagedBytes);
    expectResultOrError(response, Buffer.from(damagedBytes));
    statuses.add(response.status);
  }
  expect(statuses).toContain(400);
  await expectStillServing(tiny);
});

test('every parameter with every unusual value is answered or rejected', async () => {
  for (const [path, body] of REQUESTS) {
    for (const name of [...Object.keys(body), 'no_such', '__proto__', 'constructor']) {
      for (const value of UNEXPECTED_VALUES) {
        const text = JSON.stringify({ ...body, [name]: value });
        expectResultOrError(await post(path, text), text);
      }
    }
  }
  await expectStillServing(tiny);
});

test.each([
  ['empty', ''],
  ['a deeply nested array', '['.repeat(100_000)],
  ['a deeply nested object', '{"messages":'.repeat(20_000)],
  [
    'an object with the field __proto__',
    '{"__proto__":{"messages":[]},"messages":[{"role":"user","content":"x"}]}',
  ],
  [
    'an object with the field constructor',
    '{"constructor":{"prototype":{}},"messages":[{"role":"user","content":"x"}]}',
  ],
  ['a number', '1'],
  ['a string', '"x"'],
  ['an object with a long name', JSON.stringify({ ['n'.repeat(100_000)]: 1 })],
])('a body that is %s is rejected', async (_name, body) => {
  for (const [path] of REQUESTS) {
    const answer = await post(path, body);
    expectResultOrError(answer, body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }
  await expectStillServing(tiny);
});

const arrayOf = (item: string, count: number): string => `[${`${item},`.repeat(count)}${item}]`;

test.each([
  ['/v1/completions', `{"prompt":${arrayOf('{}', 1_300_000)}}`],
  ['/v1/completions', `{"prompt":${arrayOf('1', 2_000_000)}}`],
  ['/v1/completions', `{"prompt":${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}}`],
  ['/v1/completions', `{"prompt":"a","stop":${arrayOf('""', 1_300_000)}}`],
  ['/v1/chat/completions', `{"messages":${arrayOf('{}', 1_300_000)}}`],
  ['/v1/chat/completions', `{"messages":${arrayOf('{"role":"user","content":"a"}', 130_000)}}`],
  ['/v1/chat/completions', `{"messages":[{"role":"user","content":${arrayOf('{}', 1_300_000)}}]}`],
  ['/detokenize', `{"tokens":${arrayOf('5', 2_000_000)}}`],
  ['/conversations', `{"sampling":{"stop":${arrayOf('""', 1_300_000)}}}`],
  ['/conversations/import', `{"messages":${arrayOf('{}', 1_300_000)}}`],
])('%s rejects a body of four megabytes before it is parsed: %.30s...', async (path, body) => {
  const parse = vi.spyOn(JSON, 'parse');
  const answer = await post(path, body);
  const parsed = parse.mock.calls.filter(([text]) => text.length > 100_000);
  parse.mockRestore();
  expectResultOrError(answer, body);
  expect(answer.status).toBe(400);
  expect(parsed).toEqual([]);
});
