// A plain WebSocket client for tests: sends frames, records every event, and waits for events by type.

import WebSocket from 'ws';
import type { ChatEvent } from '../../../src/server/protocols/chat-socket/chat-events.ts';
import { bearer } from './http-calls.ts';

export type EventOf<Type extends ChatEvent['type']> = Extract<ChatEvent, { type: Type }>;

export interface ClientOptions {
  readonly origin?: string;
  /** an API key, sent as a header */
  readonly key?: string;
  /** subprotocols to offer */
  readonly protocols?: readonly string[];
}

/** Runs `body` with a new client and closes the client afterwards. */
export async function withChatClient<T>(
  url: string,
  body: (client: ChatClient) => Promise<T>,
  options?: ClientOptions,
): Promise<T> {
  const client = await ChatClient.open(url, options);
  try {
    return await body(client);
  } finally {
    await client.close();
  }
}

/** Returns the address of the chat socket. @param url of the server, http */
export const chatSocketUrl = (url: string): string => `${url.replace(/^http/, 'ws')}/ws/chat`;

export class ChatClient {
  readonly socket: WebSocket;
  /** all events so far, in order */
  readonly events: ChatEvent[] = [];
  /** close code and reason, once closed */
  readonly closed: Promise<{ code: number; reason: string }>;
  #read = 0;
  #wake: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.events.push(JSON.parse(String(data)));
      this.#wake();
    });
    socket.on('error', () => undefined); // the close event follows
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.#wake();
      });
    });
  }

  /** @param url of the server, http */
  static async open(url: string, { origin, key, protocols = [] }: ClientOptions = {}): Promise<ChatClient> {
    const socket = new WebSocket(chatSocketUrl(url), [...protocols], {
      ...(key !== undefined && { headers: bearer(key) }),
      ...(origin !== undefined && { origin }),
    });
    const client = new ChatClient(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  send(command: unknown): void {
    this.socket.send(JSON.stringify(command));
  }

  /** Waits for the next event of `type` and skips those before it. Rejects for an `error` event. */
  async next<Type extends ChatEvent['type']>(type: Type): Promise<EventOf<Type>> {
    for (;;) {
      while (this.#read < this.events.length) {
        const event = this.events[this.#read++];
        if (event?.type === type) return event as EventOf<Type>;
        if (event?.type === 'error') throw new Error(`${event.code}: ${event.message}`);
      }
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`closed before ${type}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Sends a message and waits for the end of its answer. @param more other fields of the frame */
  async ask(message: string, more: object = {}): Promise<{ text: string; end: EventOf<'end'> }> {
    this.send({ message, ...more });
    await this.next('start');
    const from = this.#read;
    const end = await this.next('end');
    const pieces = this.events.slice(from, this.#read);
    return { text: pieces.map((event) => (event.type === 'stream' ? event.content : '')).join(''), end };
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}
