// A simple WebSocket client for tests: sends frames, records all events, and waits for an event of a type.

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

/** Runs `action` with a new client and closes the client afterwards. */
export async function withChatClient<T>(
  url: string,
  action: (client: ChatClient) => Promise<T>,
  options?: ClientOptions,
): Promise<T> {
  const client = await ChatClient.open(url, options);
  try {
    return await action(client);
  } finally {
    await client.close();
  }
}

/** Returns the URL of the chat socket. @param url HTTP URL of the server */
export const chatSocketUrl = (url: string): string => `${url.replace(/^http/, 'ws')}/ws/chat`;

export class ChatClient {
  readonly socket: WebSocket;
  /** all events received so far, in order */
  readonly events: ChatEvent[] = [];
  /** resolves to the close code and reason when the socket has closed */
  readonly closed: Promise<{ code: number; reason: string }>;
  #readCount = 0;
  #onChange: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.events.push(JSON.parse(String(data)));
      this.#onChange();
    });
    socket.on('error', () => undefined); // the close event follows
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.#onChange();
      });
    });
  }

  /** @param url HTTP URL of the server */
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

  /** Waits for the next event of `type`, skipping other events. Rejects if an `error` event is received. */
  async next<Type extends ChatEvent['type']>(type: Type): Promise<EventOf<Type>> {
    for (;;) {
      while (this.#readCount < this.events.length) {
        const event = this.events[this.#readCount++];
        if (event?.type === type) return event as EventOf<Type>;
        if (event?.type === 'error') throw new Error(`${event.code}: ${event.message}`);
      }
      if (this.socket.readyState === WebSocket.CLOSED)
        throw new Error(`the socket closed before an event of type ${type}`);
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
  }

  /** Sends a message and waits for the end of the answer. @param fields other fields of the frame */
  async ask(message: string, fields: object = {}): Promise<{ text: string; end: EventOf<'end'> }> {
    this.send({ message, ...fields });
    await this.next('start');
    const firstEvent = this.#readCount;
    const end = await this.next('end');
    const streamed = this.events.slice(firstEvent, this.#readCount);
    return { text: streamed.map((event) => (event.type === 'stream' ? event.content : '')).join(''), end };
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}
