// The attacks of the soak test: requests of hostile or faulty clients that once blocked, exhausted or ended the server. An
// attack is a limited round of requests, which attacker.ts repeats.

import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { chatSocketUrl } from '../support/server/chat-client.ts';
import { bearer } from '../support/server/http-calls.ts';
import { closeConnection, openConnection, post, rawRequest, type Target } from './attack-requests.ts';

export interface Attack {
  readonly name: string;
  /** Sends the requests. Returns the outcome of each: a status, an error code, or the state of its connection. */
  round(target: Target): Promise<readonly string[]>;
}

export const ATTACKS: readonly Attack[] = [
  { name: 'numbers beyond 32 bits', round: hugeNumbers },
  { name: 'private-use characters, then an edit', round: privateUseCharacters },
  {
    name: 'control strings',
    round: (target) => longMessages(target, ['<|end|>'.repeat(20_000), '<|e'.repeat(40_000)]),
  },
  {
    name: 'white space',
    round: (target) => longMessages(target, ['\n'.repeat(80_000), '\n '.repeat(20_000)]),
  },
  { name: 'upgrades without a key', round: upgradesWithoutKey },
  { name: 'upgrades to h2c', round: upgradesToHttp2 },
  { name: 'incomplete frames', round: incompleteFrames },
  { name: 'many turns without a pause', round: manyTurns },
  { name: 'clients that do not read', round: unreadResponses },
  { name: 'bodies of many values', round: manyValues },
  { name: 'long options in a chat socket', round: longOptions },
];

/** Returns the API key that an attack uses. */
export const keyOf = (attack: Attack): string => `attacker-${ATTACKS.indexOf(attack)}`;

async function hugeNumbers(target: Target): Promise<string[]> {
  const outcomes: string[] = [];
  for (const top_k of [2 ** 31, 2 ** 32 + 1, 1e308, -7]) {
    outcomes.push(await post(target, '/v1/completions', { prompt: 'x', max_tokens: 2, top_k }));
  }
  for (const fields of [
    { seed: 2 ** 63 },
    { repetition_penalty: 1e-39 },
    { logit_bias: { 1: 1e300 } },
    { priority: 1e300 },
  ]) {
    outcomes.push(await post(target, '/v1/completions', { prompt: 'x', max_tokens: 2, ...fields }));
  }
  outcomes.push(await post(target, '/conversations', { sampling: { topK: 2 ** 31 } }));
  return outcomes;
}

async function privateUseCharacters(target: Target): Promise<string[]> {
  const characters = (first: number, count: number): string =>
    Array.from({ length: count }, (_, i) => String.fromCharCode(0xe000 + first + i)).join('');
  const socket = await ChatSocket.open(target);
  const options = { maxTokens: 1 };
  let id = 'new';
  let firstMessage = '';
  for (let offset = 0; offset < 3200; offset += 160) {
    const settings = id === 'new' ? { contextPolicy: 'truncate' } : {};
    const end = await socket.turn({
      conversation: id,
      message: characters(offset, 160),
      options,
      ...settings,
    });
    if (end.type !== 'end') return socket.close(end.code ?? end.type);
    id = end.conversation ?? id;
    firstMessage ||= end.messages?.user ?? '';
  }
  const end = await socket.turn({
    conversation: id,
    edit: firstMessage,
    message: characters(3200, 3200),
    options,
  });
  return socket.close(end.code ?? end.type);
}

async function longMessages(target: Target, texts: readonly string[]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const content of texts) {
    outcomes.push(
      await post(target, '/v1/chat/completions', { messages: [{ role: 'user', content }], max_tokens: 1 }),
    );
  }
  return outcomes;
}

async function upgradesWithoutKey({ url }: Target): Promise<string[]> {
  const connections = ['/nope', '/ws/chat', '/v1/models'].flatMap((path) =>
    Array.from({ length: 10 }, () =>
      openConnection(url, [handshake(url, path), incompleteFrame(2 ** 24 - 1)]),
    ),
  );
  await sleep(1000);
  return connections.map((connection) => closeConnection(connection));
}

async function incompleteFrames({ url, key }: Target): Promise<string[]> {
  const connections = Array.from({ length: 40 }, () =>
    openConnection(url, [handshake(url, '/ws/chat', key), incompleteFrame(2 ** 20)]),
  );
  await sleep(5000);
  return connections.map((connection) => closeConnection(connection));
}

const handshake = (url: string, path: string, key?: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(key === undefined ? [] : [`Authorization: Bearer ${key}`]),
    '\r\n',
  ].join('\r\n');

/** Returns a masked text frame with a length of `bytes` whose last bytes are missing. */
function incompleteFrame(bytes: number): Buffer {
  const head = Buffer.alloc(14);
  head.writeUInt16BE(0x81ff);
  head.writeBigUInt64BE(BigInt(bytes), 2);
  return Buffer.concat([head, Buffer.alloc(bytes - 10, 'a')]);
}

async function upgradesToHttp2(target: Target): Promise<string[]> {
  const body = JSON.stringify({ prompt: 'hi there', max_tokens: 1 });
  const head = [
    'POST /v1/completions HTTP/1.1',
    `Host: ${new URL(target.url).host}`,
    'Connection: Upgrade, HTTP2-Settings, close',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAAQAAP__',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `Authorization: Bearer ${target.key}`,
    '\r\n',
  ].join('\r\n');
  const [request, method] = [head + body, head.replace('POST', 'CONNECT')];
  return [await rawRequest(target.url, request), await rawRequest(target.url, method)];
}

async function manyTurns(target: Target): Promise<string[]> {
  const outcomes: string[] = [];
  const message = 'ab '.repeat(300);
  for (const command of [
    { conversation: 'new', message },
    { reset: true, message },
  ]) {
    const socket = await ChatSocket.open(target);
    for (let i = 0; i < 200; i++) socket.send({ ...command, options: { maxTokens: 1 } });
    await sleep(2000);
    outcomes.push(...socket.close('sent'));
  }
  return outcomes;
}

async function unreadResponses({ url, key }: Target): Promise<string[]> {
  const body = JSON.stringify({ prompt: 'ab '.repeat(1_000_000), return_token_strs: true });
  const head = [
    'POST /tokenize HTTP/1.1',
    `Host: ${new URL(url).host}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `Authorization: Bearer ${key}`,
    '\r\n',
  ].join('\r\n');
  const connections = Array.from({ length: 4 }, () => openConnection(url, [head, body], false));
  await sleep(20_000);
  return connections.map((connection) => closeConnection(connection));
}

async function manyValues(target: Target): Promise<string[]> {
  const repeatValue = (value: string, count: number): string => Array(count).fill(value).join(',');
  const bodies: readonly (readonly [path: string, body: string])[] = [
    ['/v1/completions', `{"prompt":[${repeatValue('{}', 1_300_000)}]}`],
    ['/v1/completions', `{"prompt":[${repeatValue('1', 2_000_000)}],"max_tokens":1}`],
    ['/v1/chat/completions', `{"messages":[${repeatValue('{}', 1_300_000)}]}`],
    ['/v1/completions', `{"prompt":"a","stop":[${repeatValue('""', 1_300_000)}]}`],
    ['/v1/completions', `{"prompt":${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}}`],
    ['/detokenize', `{"tokens":[${repeatValue('5', 2_000_000)}]}`],
    ['/tokenize', JSON.stringify({ prompt: 'z'.repeat(4_190_000) })],
  ];
  const outcomes: string[] = [];
  for (const [path, body] of bodies) outcomes.push(await post(target, path, body));
  return outcomes;
}

async function longOptions(target: Target): Promise<string[]> {
  const words = (count: number, length: number): string[] =>
    Array.from({ length: count }, (_, i) => `${'z'.repeat(length)}${i}`);
  const socket = await ChatSocket.open(target);
  const outcomes: string[] = [];
  for (const options of [
    { badWords: words(1, 1_000_000) },
    { badWords: words(1000, 980) },
    { logitBias: Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [i, 1])) },
    { stop: words(1000, 980) },
    { topK: 2 ** 31 },
  ]) {
    const end = await socket.turn({ message: 'hi', options: { maxTokens: 2, ...options } });
    outcomes.push(end.code ?? end.type);
  }
  return [...outcomes, ...socket.close('closed')];
}

interface EndEvent {
  readonly type: string;
  readonly code?: string;
  readonly conversation?: string;
  readonly messages?: { readonly user: string };
}

/** A chat socket that accepts every outcome. */
class ChatSocket {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('error', () => {}); // the close event follows
  }

  static async open({ url, key }: Target): Promise<ChatSocket> {
    const socket = new WebSocket(chatSocketUrl(url), { headers: bearer(key) });
    const chatSocket = new ChatSocket(socket);
    await new Promise((resolve) => socket.once('open', resolve).once('close', resolve));
    return chatSocket;
  }

  send(command: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command));
  }

  /** Sends a command. Returns the event that ends the turn. */
  turn(command: object): Promise<EndEvent> {
    return new Promise((resolve) => {
      const finish = (end: EndEvent): void => {
        this.#socket.off('message', onMessage).off('close', onClose);
        resolve(end);
      };
      const onMessage = (data: unknown): void => {
        const event = JSON.parse(String(data)) as EndEvent;
        if (event.type === 'end' || event.type === 'error') finish(event);
      };
      const onClose = (): void => finish({ type: 'closed' });
      this.#socket.on('message', onMessage).once('close', onClose);
      if (this.#socket.readyState === WebSocket.OPEN) this.send(command);
      else onClose();
    });
  }

  /** Closes the connection. Returns a list with `outcome`. */
  close(outcome: string): string[] {
    this.#socket.terminate();
    return [outcome];
  }
}
