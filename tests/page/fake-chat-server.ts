// A fake server that implements docs/chat-protocol.md: the built page, the HTTP requests and the socket. Tests can drop the
// sockets, make the server unreachable, and set an API key.

import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type WebSocket, WebSocketServer } from 'ws';
import { contentSecurityPolicy, inlineScripts } from '../../src/server/http/page-route.ts';
import type { Command, ServerEvent } from '../../web/src/api/chat-protocol.ts';
import { type FakeConversation, FakeConversations } from './fake-conversations.ts';

const PAGE = fileURLToPath(new URL('../../web/dist/', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const HEALTH = {
  model: 'Quire-7M',
  architecture: 'qwen3',
  parameters: 7_340_032,
  contextLength: 2048,
  backend: 'native',
  cache: 'paged',
};

/** A message that is always rejected as too long. */
export const TOO_LONG = 'too long '.repeat(40).trim();

type Body = Record<string, unknown>;

export class FakeChatServer {
  readonly conversations = new FakeConversations();
  /** commands received over the socket */
  readonly commands: Command[] = [];
  settings: Body = {};
  /** fields to add to the response of /health */
  model: Body = {};
  key: string | undefined;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has('quire') ? 'quire' : false),
  });
  /** while true, open sockets neither send nor receive */
  silent = false;
  readonly #watchers = new Set<(event: ServerEvent) => void>();
  /** while true, new sockets are rejected, as if the server were not running */
  #rejectsSockets = false;

  private constructor() {
    this.#http = createServer((request, response) => {
      this.#answer(request, response).catch((error: Error) => response.destroy(error));
    });
    this.#http.on('upgrade', (request, socket, head) => {
      const key = this.key === undefined ? undefined : Buffer.from(this.key).toString('base64url');
      const offered = request.headers['sec-websocket-protocol'] ?? '';
      if (this.#rejectsSockets || (key !== undefined && !offered.includes(`quire.key.${key}`))) {
        socket.destroy();
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#serve(opened));
    });
  }

  static async start(): Promise<FakeChatServer> {
    const server = new FakeChatServer();
    server.conversations.onChange = (change) => {
      for (const notify of server.#watchers) notify({ type: 'changed', ...change });
    };
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.dropSockets();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** Closes all sockets and rejects new sockets until `startAccepting` is called. */
  stopAccepting(): void {
    this.#rejectsSockets = true;
    this.dropSockets();
  }

  startAccepting(): void {
    this.#rejectsSockets = false;
  }

  dropSockets(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  #serve(socket: WebSocket): void {
    const send = (event: ServerEvent): void => {
      if (socket.readyState === socket.OPEN && !this.silent) socket.send(JSON.stringify(event));
    };
    socket.on('message', (data) => {
      const command: Command = JSON.parse(String(data));
      if (this.silent) return;
      if (command.ping !== undefined) return send({ type: 'pong', ping: command.ping });
      if (command.watch) {
        this.#watchers.add(send);
        return;
      }
      this.commands.push(command);
      this.#receive(command, send);
    });
  }

  #receive(command: Command, send: (event: ServerEvent) => void): void {
    const { conversation: id, resume, cancel, message, tag } = command;
    const { conversations } = this;
    if (id === undefined) return;
    if (cancel) return conversations.cancel(id);
    if (resume !== undefined) return this.#resume(id, resume, send);
    const foundConversation =
      id === 'new' ? conversations.create(settingsOf(command)) : conversations.byId.get(id);
    const tagField = tag === undefined ? {} : { tag };
    if (!foundConversation)
      return send({
        type: 'error',
        code: 'not_found',
        message: 'there is no such conversation',
        conversation: id,
        ...tagField,
      });
    if (message === 'reject this') {
      return send({
        type: 'error',
        code: 'bad_message',
        message: 'rejected',
        conversation: foundConversation.id,
        ...tagField,
      });
    }
    if (message === TOO_LONG) return this.#reject(foundConversation, id === 'new', tagField, send);
    conversations.startTurn(foundConversation, command, this.#emitter(foundConversation.id, send));
  }

  /** Rejects a message as too long. If it is the first message, the conversation is removed. */
  #reject(
    conversation: FakeConversation,
    isFirst: boolean,
    tagField: object,
    send: (event: ServerEvent) => void,
  ): void {
    if (isFirst) this.conversations.remove(conversation.id);
    const origin = { conversation: conversation.id, ...tagField };
    const { contextLength } = HEALTH;
    send({ type: 'start', content: '', ...origin });
    send({
      type: 'error',
      code: 'context_length_exceeded',
      message: 'it does not fit',
      ended: true,
      promptTokens: 5000,
      contextLength,
      ...origin,
    });
  }

  /** for each conversation, the socket that sent the last command */
  readonly #listeners = new Map<string, (event: ServerEvent) => void>();

  #emitter(id: string, send: (event: ServerEvent) => void): (event: ServerEvent) => void {
    this.#listeners.set(id, send);
    return (event) => this.#listeners.get(id)?.(event);
  }

  #resume(id: string, lastReceived: number, send: (event: ServerEvent) => void): void {
    const turn = this.conversations.turns.get(id);
    const first = turn?.events[0]?.n ?? 0;
    send({
      type: 'resumed',
      conversation: id,
      running: turn !== undefined && !turn.ended,
      missed: turn === undefined ? lastReceived > 0 : lastReceived > 0 && lastReceived < first - 1,
    });
    this.#listeners.set(id, send);
    for (const event of turn?.events ?? []) if ((event.n ?? 0) > lastReceived) send(event);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const needsNoKey = pathname === '/health' || !/^\/(conversations|settings)\b/.test(pathname);
    if (this.key !== undefined && !needsNoKey && request.headers.authorization !== `Bearer ${this.key}`) {
      return sendJson(response, 401, { error: { code: 'unauthorized', message: 'a key is needed' } });
    }
    if (pathname === '/health') return sendJson(response, 200, { ...HEALTH, ...this.model });
    if (pathname === '/settings/page') return this.#pageSettings(request, response);
    if (pathname === '/conversations') return this.#list(searchParams, response);
    if (pathname === '/conversations/import') return this.#import(request, response);
    const [, id, action] = /^\/conversations\/([\w-]+)(?:\/(\w+))?$/.exec(pathname) ?? [];
    if (id === undefined) return sendFile(response, pathname);
    const conversation = this.conversations.byId.get(id);
    if (!conversation)
      return sendJson(response, 404, {
        error: { code: 'not_found', message: 'there is no such conversation' },
      });
    if (action === 'export') return sendExport(conversation, searchParams.get('format'), response);
    await this.#handleConversation(conversation, action, request, response);
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    const limit = Number(query.get('limit') ?? 50);
    const after = query.get('before')?.replace('after ', '') ?? null;
    const foundConversations = this.conversations.list(query.get('search') ?? '', after, limit + 1);
    const conversations = foundConversations
      .slice(0, limit)
      .map(({ id, title, createdAt, updatedAt }) => ({ id, title, createdAt, updatedAt }));
    const next = foundConversations.length > limit ? `after ${conversations.at(-1)?.id}` : null;
    sendJson(response, 200, { conversations, next });
  }

  async #handleConversation(
    conversation: FakeConversation,
    action: string | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { method } = request;
    if (method === 'GET') return sendJson(response, 200, conversation);
    if (method === 'DELETE' && this.conversations.turns.get(conversation.id)?.ended === false) {
      return sendJson(response, 409, {
        error: { code: 'conversation_busy', message: 'still being written' },
      });
    }
    if (method === 'DELETE') {
      this.conversations.remove(conversation.id);
      response.writeHead(204).end();
      return;
    }
    const body = await bodyOf(request);
    if (action === 'fork') {
      return sendJson(
        response,
        201,
        this.conversations.fork(conversation, body.message as string | undefined),
      );
    }
    const { head, ...changes } = body;
    Object.assign(conversation, changes);
    if (typeof head === 'string') this.conversations.select(conversation, head);
    this.conversations.notifyChange(conversation);
    sendJson(response, 200, conversation);
  }

  async #import(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exported = await bodyOf(request);
    if (Array.isArray(exported) && exported.length === 0)
      return sendJson(response, 201, { conversations: [] });
    if (!Array.isArray(exported.messages)) {
      return sendJson(response, 400, { error: { code: 'bad_import', message: 'messages is missing' } });
    }
    const { title, head, messages } = exported as unknown as FakeConversation;
    sendJson(response, 201, { conversations: [this.conversations.create({ title, head, messages })] });
  }

  async #pageSettings(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'PUT') this.settings = await bodyOf(request);
    sendJson(response, 200, this.settings);
  }
}

function settingsOf({ system, contextPolicy }: Command): Partial<FakeConversation> {
  return { system, ...(contextPolicy !== undefined && { contextPolicy }) };
}

function sendExport(conversation: FakeConversation, format: string | null, response: ServerResponse): void {
  if (format === 'json') return sendJson(response, 200, conversation);
  const text = conversation.messages.map(({ role, content }) => `**${role}**\n\n${content}\n`).join('\n');
  response.writeHead(200, { 'content-type': 'text/markdown' }).end(`# ${conversation.title}\n\n${text}`);
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Returns the content security policy of the real server, so that tests detect its violations. */
function pagePolicy(): string {
  return contentSecurityPolicy(undefined, inlineScripts(readFileSync(join(PAGE, 'index.html'), 'utf8')));
}

function sendFile(response: ServerResponse, pathname: string): void {
  const path = join(PAGE, pathname === '/' ? 'index.html' : pathname);
  if (!path.startsWith(PAGE) || !existsSync(path)) {
    response.writeHead(404).end();
    return;
  }
  const type = TYPES[extname(path)] ?? 'application/octet-stream';
  response.writeHead(200, { 'content-type': type, 'content-security-policy': pagePolicy() });
  createReadStream(path).pipe(response);
}
