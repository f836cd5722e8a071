// A plain WebSocket client for tests: sends frames, keeps every event, and waits for the one that is wanted.

import WebSocket from 'ws';
import type { ChatEvent } from '../../../src/server/protocols/chat-socket/chat-events.ts';

export type EventOf<Type extends ChatEvent['type']> = Extract<ChatEvent, { type: Type }>;

export interface ClientOptions {
  /** subprotocols to offer */
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

export class ChatClient {
  readonly socket: WebSocket;
  /** all events so far, in order */
  readonly events: ChatEvent[] = [];
  /** close code and reason, once closed */
  readonly closed: Promise<{ code: number; reason: string }>;
  #taken = 0;
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
  static async open(url: string, origin?: string, options: ClientOptions = {}): Promise<ChatClient> {
    const address = `${url.replace(/^http/, 'ws')}/ws/chat`;
    const { protocols = [], headers = {} } = options;
    const socket = new WebSocket(address, [...protocols], {
      headers,
      ...(origin === undefined ? {} : { origin }),
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

  /** The next event of `type` that was not taken yet; those before it count as taken. */
  async next<Type extends ChatEvent['type']>(type: Type): Promise<EventOf<Type>> {
    for (;;) {
      while (this.#taken < this.events.length) {
        const event = this.events[this.#taken++];
        if (event?.type === type) return event as EventOf<Type>;
        if (event?.type === 'error') throw new Error(`${event.code}: ${event.message}`);
      }
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`closed before ${type}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Sends a message and waits for the end of its answer. */
  async ask(message: string, more: object = {}): Promise<{ text: string; end: EventOf<'end'> }> {
    this.send({ message, ...more });
    await this.next('start');
    const from = this.#taken;
    const end = await this.next('end');
    const pieces = this.events.slice(from, this.#taken);
    return { text: pieces.map((event) => (event.type === 'stream' ? event.content : '')).join(''), end };
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}
