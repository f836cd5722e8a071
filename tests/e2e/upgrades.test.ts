// Requests that offer another protocol, and handshakes that must not come about. Each connection is raw, because clients
// hide what is tested here.

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { ChatClient } from '../support/server/chat-client.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

const KEY = 'a-key-of-this-test';
const OTHER_KEY = 'another-key-of-this-test';
const WAIT_MS = 10_000;

let open: TinyServer;
let keyed: TinyServer;
beforeAll(async () => {
  open = await startTinyServer({}, { maxSockets: 6, socketPingMs: 200, slowReaderMs: 1500 });
  keyed = await startTinyServer({}, { apiKeys: [KEY, OTHER_KEY], maxSockets: 4 });
});
afterAll(async () => {
  await open.stop();
  await keyed.stop();
});

/** Sends bytes on a connection of their own, and gives what came until `enough`. */
async function exchange(server: TinyServer, bytes: string, enough: RegExp): Promise<string> {
  const socket = connect(server.server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(bytes);
  let answer = '';
  const come = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      answer += String(data);
      if (enough.test(answer)) resolve();
    });
    socket.on('close', () => resolve());
  });
  await Promise.race([come, sleep(WAIT_MS, undefined, { ref: false })]);
  socket.destroy();
  return answer;
}

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

describe('an offer of a protocol that is not ours', () => {
  it.each([
    ['h2c with a body of known length', post(OFFER + sized)],
    ['h2c with a body in chunks', post(OFFER + chunked)],
    ['a WebSocket in a POST', post(HANDSHAKE + sized)],
  ])('%s is answered as if it had not been made', async (_name, bytes) => {
    expect(await exchange(open, bytes, /"usage"/)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*"usage"/);
  });

  it('leaves the connection open for the requests after it', async () => {
    const second = head('GET /health', `${OFFER}\r\n`);
    const bytes = `${post(OFFER + sized)}${second}${head('GET /version', '\r\n')}`;
    const answer = await exchange(open, bytes, /"version"/);
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
  });

  it('is no way past the key', async () => {
    expect(await exchange(keyed, post(OFFER + sized), /unauthorized/)).toMatch(/^HTTP\/1\.1 401/);
  });
});

describe('a handshake', () => {
  it.each([
    ['on a path that is not there', keyedGet('/nope'), 404],
    ['on a route of HTTP, which answers as ever', keyedGet('/v1/models'), 401],
    ['without a key', keyedGet('/ws/chat'), 401],
    [
      'of a foreign page',
      keyedGet('/ws/chat', `Origin: https://evil.example\r\nAuthorization: Bearer ${KEY}\r\n`),
      403,
    ],
  ])('%s is refused before it comes about', async (_name, bytes, status) => {
    const answer = await exchange(keyed, bytes, /\r\n\r\n[\s\S]*\}/);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/x-request-id: req_/);
    expect(answer).toContain('"error"');
  });

  it('beyond the most sockets is told to come again', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => ChatClient.open(open.url)));
    await expect(ChatClient.open(open.url)).rejects.toThrow(/429/);
    await clients[0]?.close();
    const again = (): Promise<unknown> => ChatClient.open(open.url).then((one) => clients.push(one));
    await expect.poll(() => again().catch(() => 0), { timeout: WAIT_MS }).not.toBe(0);
    for (const client of clients.slice(1)) await client.close();
  });

  it('beyond half of them is refused to one key, and another key is let in', async () => {
    const openWith = (key: string): Promise<ChatClient> =>
      ChatClient.open(keyed.url, undefined, { headers: { authorization: `Bearer ${key}` } });
    const clients = [await openWith(KEY), await openWith(KEY)];
    await expect(openWith(KEY)).rejects.toThrow(/429/);
    clients.push(await openWith(OTHER_KEY));
    for (const client of clients) await client.close();
  });
});

function keyedGet(path: string, more = ''): string {
  return head(`GET ${path}`, `${HANDSHAKE}${more}\r\n`);
}

describe('a socket', () => {
  it('that sits in the middle of a frame is cut, and one that answers pings stays', async () => {
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
    await Promise.race([
      once(socket, 'close'),
      sleep(WAIT_MS).then(() => Promise.reject(new Error('still open'))),
    ]);
    expect(honest.socket.readyState).toBe(WebSocket.OPEN);
    await honest.close();
  });

  it('that answers pings between fragments without end is cut, and one that sends whole messages stays', async () => {
    const slow = await startTinyServer({}, { socketMessageMs: 300 });
    const honest = await ChatClient.open(slow.url);
    const endless = new WebSocket(`${slow.url.replace('http', 'ws')}/ws/chat`);
    endless.on('error', () => undefined);
    await once(endless, 'open');
    endless.send('{"message":"', { fin: false });
    const fragments = setInterval(() => {
      if (endless.readyState !== WebSocket.OPEN) return;
      endless.send('a', { fin: false });
      endless.pong();
    }, 20);
    await Promise.race([
      once(endless, 'close'),
      sleep(WAIT_MS).then(() => Promise.reject(new Error('still open'))),
    ]);
    clearInterval(fragments);
    expect((await honest.ask('hello', { options: { maxTokens: 1 } })).end.type).toBe('end');
    await honest.close();
    await slow.stop();
  });

  it('hears nothing more of a conversation that was deleted', async () => {
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

  it('has a limit of turns under way, and says so at once', async () => {
    const client = await ChatClient.open(open.url);
    for (let turn = 0; turn < 30; turn++) client.send({ conversation: 'new', message: `turn ${turn}` });
    const refused = (): number =>
      client.events.filter((event) => event.type === 'error' && event.code === 'busy').length;
    await expect.poll(refused, { timeout: WAIT_MS }).toBe(14);
    await client.close();
  });
});

describe('a reader of a whole answer', () => {
  it('that takes nothing is dropped, and one that reads slowly is not', { timeout: 60_000 }, async () => {
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
    let taken = 0;
    let until = Date.now() + 45_000; // for the answer to begin
    // A read every half second, far below what the kernel would take, but something moves.
    while (Date.now() < until && !ended) {
      await sleep(400);
      const read = (slow.read(256 * 1024) as Buffer | null)?.length ?? 0;
      if (taken === 0 && read > 0) until = Date.now() + 6000;
      taken += read;
    }
    expect({ ended, moved: taken > 0 }).toEqual({ ended: false, moved: true });
    idle.resume(); // what the kernel holds comes first; then the end, which a kept connection would not have
    await expect.poll(() => dropped, { timeout: WAIT_MS }).toBe(true);
    slow.destroy();
  });
});
