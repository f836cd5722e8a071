// Request bodies with other encodings or content types, missing bodies, and invalid JSON. Also paths that almost match a route.

import { describe, expect, test } from 'vitest';
import { call, postJson } from '../support/server/http-calls.ts';
import { exchangeBytes } from '../support/server/raw-connection.ts';
import { tinyServerForTests } from '../support/server/tiny-server.ts';

const tiny = tinyServerForTests();

const CHAT = JSON.stringify({ messages: [{ role: 'user', content: 'hé' }], max_tokens: 1 });

async function post(body: Uint8Array | string, type = 'application/json', path = '/v1/chat/completions') {
  const response = await postJson(tiny.url + path, body, { 'content-type': type });
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

describe('the charset of a body', () => {
  test.each(['application/json; charset=UTF-8', 'application/json;charset="utf8"', 'APPLICATION/JSON'])(
    'is accepted as %s',
    async (contentType) => {
      const utf8Response = await post(CHAT);
      expect(utf8Response.status).toBe(200);
      expect((await post(`\ufeff${CHAT}`, contentType)).tokens).toBe(utf8Response.tokens);
    },
  );

  test.each(['iso-8859-1', 'utf-16', 'constructor'])(
    '%s is rejected, and the error names the charset',
    async (charset) => {
      const { status, message } = await post(
        Buffer.from(CHAT, 'latin1'),
        `application/json; charset=${charset}`,
      );
      expect([status, message]).toEqual([
        415,
        `the charset "${charset}" is not supported; send JSON as UTF-8`,
      ]);
    },
  );

  test('is rejected if it is not UTF-8, instead of being decoded incorrectly', async () => {
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

describe('the error for an invalid body', () => {
  test.each([
    ['{"messages":[],}', /not valid JSON \(.*\); send one JSON object/],
    ['{"messages":', /not valid JSON/],
    [CHAT + CHAT, /not valid JSON/],
    ['{"__proto__":{}}', /"__proto__"/],
    ['', /not a JSON object/],
    ['null', /not a JSON object/],
  ])('states what is wrong with %j', async (body, message) => {
    expect(await post(body)).toMatchObject({
      status: 400,
      code: 'bad_message',
      message: expect.stringMatching(message),
    });
  });

  test.each(['application/x-www-form-urlencoded', 'application/vnd.api+json'])(
    'states which content type to send instead of %s',
    async (contentType) => {
      const message = `the Content-Type "${contentType}" is not supported; send JSON with the header "Content-Type: application/json"`;
      expect(await post(CHAT, contentType)).toMatchObject({ status: 415, message });
    },
  );
});

test('the server accepts a Content-Type header without a body', async () => {
  const headers = { 'content-type': 'application/json' };
  const { json } = await call(tiny.url, 'POST', '/conversations', { body: {} });
  const removed = await fetch(`${tiny.url}/conversations/${json.id}`, { method: 'DELETE', headers });
  expect(removed.status).toBe(204);
});

test('the error for a path that almost matches a route suggests the route', async () => {
  for (const path of ['/chat/completions', '/v1/v1/chat/completions', '/v1//chat/completions/'])
    expect(await post(CHAT, undefined, path)).toMatchObject({
      status: 404,
      message: `there is no POST ${path}; did you mean /v1/chat/completions?`,
    });
});

test('an HTTP/1.0 request needs no Host header', async () => {
  const response = await exchangeBytes(tiny.server.port, 'GET /v1/models HTTP/1.0\r\n\r\n');
  expect(response).toMatch(/^HTTP\/1\.1 200 /);
});
