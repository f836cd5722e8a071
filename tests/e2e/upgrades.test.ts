// Requests that offer another protocol, WebSocket handshakes that are refused, and limits of sockets. The connections are
// raw, because HTTP clients do not send such requests.

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

const open = tinyServerForTests({}, { maxSockets: 6, socketPingMs: 200, slowReaderMs: 1500 });
const keyed = tinyServerForTests({}, { apiKeys: [KEY, OTHER_KEY], maxSockets: 4 });

const exchange = ({ server }: TinyServer, bytes: string, enough: RegExp): Promise<string> =>
  exchangeBytes(server.port, bytes, enough);

const BODY = JSON.stringify({ prompt: 'hi there', max_tokens: 1 });
const OFFER =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n';
const HANDSHAKE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const head = (line: string, more: string): string => `${line} HTTP/1.1\r\nHost: localhost\r\n${more}`;
const post = (more: string): string =>
  head('POST /v1/completions', `Content-Type: application/json\r\n${more}`);
const sized = `Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
const chunked = `Transfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

describe('an upgrade to an unsupported protocol', () => {
  it.each([
    ['h2c with a body of known length', post(OFFER + sized)],
    ['h2c with a body in chunks', post(OFFER + chunked)],
    ['a WebSocket handshake in a POST', post(HANDSHAKE + sized)],
  ])('%s is ignored and the request is answered', async (_name, bytes) => {
    expect(await exchange(open, bytes, /"usage"/)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*"usage"/);
  });

  it('keeps the connection open for later requests', async () => {
    const second = head('GET /health', `${OFFER}\r\n`);
    const bytes = `${post(OFFER + sized)}${second}${head('GET /version', '\r\n')}`;
    const answer = await exchange(open, bytes, /"version"/);
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
  });

  it('does not bypass the API key', async () => {
    expect(await exchange(keyed, post(OFFER + sized), /unauthorized/)).toMatch(/^HTTP\/1\.1 401/);
  });
});

describe('a WebSocket handshake', () => {
  it.each([
    ['on an unknown path', keyedGet('/nope'), 404],
    ['on an HTTP route', keyedGet('/v1/models'), 401],
    ['without an API key', keyedGet('/ws/chat'), 401],
    [
      'from a page of another origin',
      keyedGet('/ws/chat', `Origin: https://evil.example\r\nAuthorization: Bearer ${KEY}\r\n`),
      403,
    ],
  ])('%s is refused with an HTTP error', async (_name, bytes, status) => {
    const answer = await exchange(keyed, bytes, /\r\n\r\n[\s\S]*\}/);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/x-request-id: req_/);
    expect(answer).toContain('"error"');
  });

  it('over the limit of sockets gets 429, and succeeds once another socket is closed', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => ChatClient.open(open.url)));
    await expect(ChatClient.open(open.url)).rejects.toThrow(/429/);
    await clients[0]?.close();
    const again = (): Promise<unknown> => ChatClient.open(open.url).then((one) => clients.push(one));
    await expect.poll(() => again().catch(() => 0), { timeout: WAIT_MS }).not.toBe(0);
    for (const client of clients.slice(1)) await client.close();
  });

  it('of a key that has half of all sockets gets 429, while another key may connect', async () => {
    const openWith = (key: string): Promise<ChatClient> => ChatClient.open(keyed.url, { key });
    const clients = [await openWith(KEY), await openWith(KEY)];
    await expect(openWith(KEY)).rejects.toThrow(/429/);
    clients.push(await openWith(OTHER_KEY));
    for (const client of clients) await client.close();
  });
});

async function closed(socket: Socket | WebSocket): Promise<void> {
  await once(socket, 'close', { signal: AbortSignal.timeout(WAIT_MS) });
}

function keyedGet(path: string, more = ''): string {
  return head(`GET ${path}`, `${HANDSHAKE}${more}\r\n`);
}

describe('a chat socket', () => {
  it('is closed when it never completes a frame, while one that answers pings stays open', async () => {
    const honest = await ChatClient.open(open.url);
    const socket = connect(open.server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(head('GET /ws/chat', `${HANDSHAKE}\r\n`));
    await once(socket, 'data');
    socket.resume();
    const frame = Buffer.alloc(14);
    frame.set([0x81, 0xff]);
    frame.writeBigUInt64BE(1000n, 2);
    socket.write(Buffer.concat([frame, Buffer.alloc(500)]));
    await closed(socket);
    expect(honest.socket.readyState).toBe(WebSocket.OPEN);
    await honest.close();
  });

  it('is closed when its fragments never end, while one that sends whole messages stays open', async () => {
    await withTinyServer({}, { socketMessageMs: 300 }, async ({ url }) => {
      const honest = await ChatClient.open(url);
      const endless = new WebSocket(chatSocketUrl(url));
      endless.on('error', () => undefined);
      await once(endless, 'open');
      endless.send('{"message":"', { fin: false });
      const fragments = setInterval(() => {
        if (endless.readyState !== WebSocket.OPEN) return;
        endless.send('a', { fin: false });
        endless.pong();
      }, 20);
      await closed(endless);
      clearInterval(fragments);
      expect((await honest.ask('hello', { options: { maxTokens: 1 } })).end.type).toBe('end');
      await honest.close();
    });
  });

  it('gets no events of a deleted conversation', async () => {
    const client = await ChatClient.open(open.url);
    const { end } = await client.ask('hello', { conversation: 'new', options: { maxTokens: 2 } });
    const removed = await fetch(`${open.url}/conversations/${end.conversation}`, { method: 'DELETE' });
    expect(removed.status).toBe(204);
    const before = client.events.length;
    client.send({ conversation: end.conversation, resume: 0 });
    expect(await client.next('resumed')).toMatchObject({ running: false });
    await sleep(100);
    expect(client.events).toHaveLength(before + 1);
    await client.close();
  });

  it('refuses turns over the limit of running ones at once', async () => {
    const client = await ChatClient.open(open.url);
    for (let turn = 0; turn < 30; turn++) client.send({ conversation: 'new', message: `turn ${turn}` });
    const refused = (): number =>
      client.events.filter((event) => event.type === 'error' && event.code === 'busy').length;
    await expect.poll(refused, { timeout: WAIT_MS }).toBe(14);
    await client.close();
  });
});

describe('a client that reads a long response', () => {
  it('is disconnected when it reads nothing, but not when it reads slowly', { timeout: 60_000 }, async () => {
    const body = JSON.stringify({ prompt: 'ab '.repeat(400_000), return_token_strs: true });
    const request = `${head('POST /tokenize', `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`)}${body}`;
    const idle = connect({ port: open.server.port, host: '127.0.0.1' });
    const slow = connect({ port: open.server.port, host: '127.0.0.1' });
    let ended = false;
    let dropped = false;
    idle.on('close', () => {
      dropped = true;
    });
    for (const socket of [idle, slow]) {
      socket.on('error', () => undefined);
      socket.pause();
      socket.write(request);
    }
    slow.on('close', () => {
      ended = true;
    });
    let received = 0;
    let until = Date.now() + 45_000; // until the response begins
    // Reads a little at a time: far less than the kernel would accept, but enough to show progress.
    while (Date.now() < until && !ended) {
      await sleep(400);
      const read = (slow.read(256 * 1024) as Buffer | null)?.length ?? 0;
      if (received === 0 && read > 0) until = Date.now() + 6000;
      received += read;
    }
    expect({ ended, moved: received > 0 }).toEqual({ ended: false, moved: true });
    idle.resume(); // reads what the kernel buffered; the end follows only if the server has closed the connection
    await expect.poll(() => dropped, { timeout: WAIT_MS }).toBe(true);
    slow.destroy();
  });
});
