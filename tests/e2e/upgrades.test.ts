// Requests that offer another protocol, rejected WebSocket handshakes, and limits of sockets. The tests use raw connections, because
// HTTP clients do not send such requests.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { ChatClient, chatSocketUrl } from '../support/server/chat-client.ts';
import { exchangeBytes } from '../support/server/raw-connection.ts';
import { type TinyServer, tinyServerForTests, withTinyServer } from '../support/server/tiny-server.ts';

const KEY = 'a-key-of-this-test';
const OTHER_KEY = 'another-key-of-this-test';
const WAIT_MS = 10_000;

const openServer = tinyServerForTests({}, { maxSockets: 6, socketPingMs: 200, slowReaderMs: 1500 });
const serverWithKeys = tinyServerForTests({}, { apiKeys: [KEY, OTHER_KEY], maxSockets: 4 });

const exchange = ({ server }: TinyServer, bytes: string, until: RegExp): Promise<string> =>
  exchangeBytes(server.port, bytes, until);

const BODY = JSON.stringify({ prompt: 'hi there', max_tokens: 1 });
const H2C_HEADERS =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n';
const HANDSHAKE_HEADERS =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const requestBytes = (line: string, headersAndBody: string): string =>
  `${line} HTTP/1.1\r\nHost: localhost\r\n${headersAndBody}`;
const post = (headersAndBody: string): string =>
  requestBytes('POST /v1/completions', `Content-Type: application/json\r\n${headersAndBody}`);
const sizedBody = `Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
const chunkedBody = `Transfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

describe('an offer of an unsupported protocol', () => {
  it.each([
    ['h2c with a body of known length', post(H2C_HEADERS + sizedBody)],
    ['h2c with a body in chunks', post(H2C_HEADERS + chunkedBody)],
    ['a WebSocket handshake in a POST', post(HANDSHAKE_HEADERS + sizedBody)],
  ])('is ignored, and the request is answered: %s', async (_name, bytes) => {
    expect(await exchange(openServer, bytes, /"usage"/)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*"usage"/);
  });

  it('keeps the connection open for later requests', async () => {
    const second = requestBytes('GET /health', `${H2C_HEADERS}\r\n`);
    const bytes = `${post(H2C_HEADERS + sizedBody)}${second}${requestBytes('GET /version', '\r\n')}`;
    const answer = await exchange(openServer, bytes, /"version"/);
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
  });

  it('does not bypass the API key', async () => {
    expect(await exchange(serverWithKeys, post(H2C_HEADERS + sizedBody), /unauthorized/)).toMatch(
      /^HTTP\/1\.1 401/,
    );
  });
});

describe('a WebSocket handshake', () => {
  it.each([
    ['on an unknown path', handshakeGet('/nope'), 404],
    ['on an HTTP route', handshakeGet('/v1/models'), 401],
    ['without an API key', handshakeGet('/ws/chat'), 401],
    [
      'from a page of another origin',
      handshakeGet('/ws/chat', `Origin: https://evil.example\r\nAuthorization: Bearer ${KEY}\r\n`),
      403,
    ],
  ])('%s is rejected with an HTTP error', async (_name, bytes, status) => {
    const answer = await exchange(serverWithKeys, bytes, /\r\n\r\n[\s\S]*\}/);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/x-request-id: req_/);
    expect(answer).toContain('"error"');
  });

  it('over the limit of sockets fails with 429, and succeeds after another socket was closed', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => ChatClient.open(openServer.url)));
    await expect(ChatClient.open(openServer.url)).rejects.toThrow(/429/);
    await clients[0]?.close();
    const again = (): Promise<unknown> =>
      ChatClient.open(openServer.url).then((client) => clients.push(client));
    await expect.poll(() => again().catch(() => 0), { timeout: WAIT_MS }).not.toBe(0);
    for (const client of clients.slice(1)) await client.close();
  });

  it('fails with 429 if its key has half of all sockets, while a client with another key can connect', async () => {
    const openWith = (key: string): Promise<ChatClient> => ChatClient.open(serverWithKeys.url, { key });
    const clients = [await openWith(KEY), await openWith(KEY)];
    await expect(openWith(KEY)).rejects.toThrow(/429/);
    clients.push(await openWith(OTHER_KEY));
    for (const client of clients) await client.close();
  });
});

async function waitForClose(socket: Socket | WebSocket): Promise<void> {
  await once(socket, 'close', { signal: AbortSignal.timeout(WAIT_MS) });
}

function handshakeGet(path: string, headers = ''): string {
  return requestBytes(`GET ${path}`, `${HANDSHAKE_HEADERS}${headers}\r\n`);
}

describe('a chat socket', () => {
  it('is closed if the client never completes a frame, but stays open if the client answers pings', async () => {
    const normalClient = await ChatClient.open(openServer.url);
    const socket = connect(openServer.server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(requestBytes('GET /ws/chat', `${HANDSHAKE_HEADERS}\r\n`));
    await once(socket, 'data');
    socket.resume();
    const frame = Buffer.alloc(14);
    frame.set([0x81, 0xff]);
    frame.writeBigUInt64BE(1000n, 2);
    socket.write(Buffer.concat([frame, Buffer.alloc(500)]));
    await waitForClose(socket);
    expect(normalClient.socket.readyState).toBe(WebSocket.OPEN);
    await normalClient.close();
  });

  it('is closed if the client sends endless fragments, but stays open if the client sends complete messages', async () => {
    await withTinyServer({}, { socketMessageMs: 300 }, async ({ url }) => {
      const normalClient = await ChatClient.open(url);
      const fragmentingSocket = new WebSocket(chatSocketUrl(url));
      fragmentingSocket.on('error', () => undefined);
      await once(fragmentingSocket, 'open');
      fragmentingSocket.send('{"message":"', { fin: false });
      const fragments = setInterval(() => {
        if (fragmentingSocket.readyState !== WebSocket.OPEN) return;
        fragmentingSocket.send('a', { fin: false });
        fragmentingSocket.pong();
      }, 20);
      await waitForClose(fragmentingSocket);
      clearInterval(fragments);
      expect((await normalClient.ask('hello', { options: { maxTokens: 1 } })).end.type).toBe('end');
      await normalClient.close();
    });
  });

  it('receives no events of a deleted conversation', async () => {
    const client = await ChatClient.open(openServer.url);
    const { end } = await client.ask('hello', { conversation: 'new', options: { maxTokens: 2 } });
    const removed = await fetch(`${openServer.url}/conversations/${end.conversation}`, { method: 'DELETE' });
    expect(removed.status).toBe(204);
    const before = client.events.length;
    client.send({ conversation: end.conversation, resume: 0 });
    expect(await client.next('resumed')).toMatchObject({ running: false });
    await sleep(100);
    expect(client.events).toHaveLength(before + 1);
    await client.close();
  });

  it('immediately rejects turns over the limit of running turns', async () => {
    const client = await ChatClient.open(openServer.url);
    for (let turn = 0; turn < 30; turn++) client.send({ conversation: 'new', message: `turn ${turn}` });
    const rejectedTurns = (): number =>
      client.events.filter((event) => event.type === 'error' && event.code === 'busy').length;
    await expect.poll(rejectedTurns, { timeout: WAIT_MS }).toBe(14);
    await client.close();
  });
});

describe('a client that reads a long response', () => {
  it('is disconnected if it does not read, but not if it reads slowly', { timeout: 60_000 }, async () => {
    const body = JSON.stringify({ prompt: 'ab '.repeat(400_000), return_token_strs: true });
    const request = `${requestBytes('POST /tokenize', `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`)}${body}`;
    const idleSocket = connect({ port: openServer.server.port, host: '127.0.0.1' });
    const slowSocket = connect({ port: openServer.server.port, host: '127.0.0.1' });
    let slowClosed = false;
    let idleClosed = false;
    idleSocket.on('close', () => {
      idleClosed = true;
    });
    for (const socket of [idleSocket, slowSocket]) {
      socket.on('error', () => undefined);
      socket.pause();
      socket.write(request);
    }
    slowSocket.on('close', () => {
      slowClosed = true;
    });
    let received = 0;
    let deadline = Date.now() + 45_000; // for the start of the response
    // The slow client reads much less at a time than the kernel could buffer, but enough to make progress.
    while (Date.now() < deadline && !slowClosed) {
      await sleep(400);
      const read = (slowSocket.read(256 * 1024) as Buffer | null)?.length ?? 0;
      if (received === 0 && read > 0) deadline = Date.now() + 6000;
      received += read;
    }
    expect({ slowClosed, moved: received > 0 }).toEqual({ slowClosed: false, moved: true });
    idleSocket.resume(); // reads the data that the kernel has buffered, and then the end if the server has closed the connection
    await expect.poll(() => idleClosed, { timeout: WAIT_MS }).toBe(true);
    slowSocket.destroy();
  });
});
