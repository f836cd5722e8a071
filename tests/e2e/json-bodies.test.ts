// Bodies as clients send them: other encodings, other kinds, none at all, and what is not quite JSON. And addresses that are
// not quite those of the server.

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

let tiny: TinyServer;

beforeAll(async () => {
  tiny = await startTinyServer();
});

afterAll(() => tiny.stop());

const CHAT = JSON.stringify({ messages: [{ role: 'user', content: 'hé' }], max_tokens: 1 });

async function post(body: Uint8Array | string, kind = 'application/json', path = '/v1/chat/completions') {
  const headers = { 'content-type': kind };
  const response = await fetch(tiny.url + path, { method: 'POST', headers, body });
  const { error, usage } = (await response.json()) as {
    readonly error?: { readonly message: string; readonly code: string };
    readonly usage?: { readonly prompt_tokens: number };
  };
  return {
    status: response.status,
    message: error?.message,
    code: error?.code,
    tokens: usage?.prompt_tokens,
  };
}

describe('encodings', () => {
  test.each(['application/json; charset=UTF-8', 'application/json;charset="utf8"', 'APPLICATION/JSON'])(
    '%s is read',
    async (kind) => {
      const plain = await post(CHAT);
      expect(plain.status).toBe(200);
      expect((await post(`\ufeff${CHAT}`, kind)).tokens).toBe(plain.tokens);
    },
  );

  test.each(['iso-8859-1', 'utf-16', 'constructor'])('%s is refused by name', async (charset) => {
    const { status, message } = await post(
      Buffer.from(CHAT, 'latin1'),
      `application/json; charset=${charset}`,
    );
    expect([status, message]).toEqual([415, `the body has the charset "${charset}"; send JSON as UTF-8`]);
  });

  test('other bytes than UTF-8 are not another text', async () => {
    for (const bytes of [
      Buffer.from(CHAT, 'latin1'),
      Buffer.from(CHAT, 'utf16le'),
      Buffer.from([0xed, 0xa0, 0x80]),
    ])
      expect(await post(bytes)).toMatchObject({
        status: 400,
        message: expect.stringMatching(/UTF-8|not valid JSON/),
      });
    expect((await post(Buffer.from(CHAT, 'latin1'))).message).toMatch(/not valid UTF-8/);
  });
});

describe('what is wrong is said', () => {
  test.each([
    ['{"messages":[],}', /not valid JSON \(.*\); send one JSON object/],
    ['{"messages":', /not valid JSON/],
    [CHAT + CHAT, /not valid JSON/],
    ['{"__proto__":{}}', /"__proto__"/],
    ['', /not a JSON object/],
    ['null', /not a JSON object/],
  ])('%s', async (body, what) => {
    expect(await post(body)).toMatchObject({
      status: 400,
      code: 'bad_message',
      message: expect.stringMatching(what),
    });
  });

  test.each(['application/x-www-form-urlencoded', 'application/vnd.api+json'])('%s', async (kind) => {
    const message = `the body is sent as "${kind}"; send JSON with the header "Content-Type: application/json"`;
    expect(await post(CHAT, kind)).toMatchObject({ status: 415, message });
  });
});

test('a kind of body without a body is none', async () => {
  const headers = { 'content-type': 'application/json' };
  const { id } = (await (
    await fetch(`${tiny.url}/conversations`, { method: 'POST', headers, body: '{}' })
  ).json()) as { id: string };
  const removed = await fetch(`${tiny.url}/conversations/${id}`, { method: 'DELETE', headers });
  expect(removed.status).toBe(204);
});

test('an address that is not quite there is told the one that is', async () => {
  for (const path of ['/chat/completions', '/v1/v1/chat/completions', '/v1//chat/completions/'])
    expect(await post(CHAT, undefined, path)).toMatchObject({
      status: 404,
      message: `there is no POST ${path}; did you mean /v1/chat/completions?`,
    });
});

test('HTTP/1.0 needs no Host, which a browser always sends', async () => {
  const socket = connect(tiny.server.port, '127.0.0.1');
  socket.write('GET /v1/models HTTP/1.0\r\n\r\n');
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
  socket.destroy();
});
