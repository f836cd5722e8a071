// A reverse proxy that serves another server under a path, as nginx does with `location /quire/ { proxy_pass
// http://server/; }`, including WebSocket upgrades.

import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class SubPathProxy {
  readonly #http: Server;
  readonly #target: URL;
  readonly #path: string;

  /** @param path with a leading and without a trailing slash */
  private constructor(target: string, path: string) {
    this.#target = new URL(target);
    this.#path = path;
    this.#http = createServer((incoming, response) => {
      const forwarded = this.#forward(incoming);
      if (!forwarded) return response.writeHead(404).end('not under the path');
      forwarded.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      return incoming.pipe(forwarded);
    });
    this.#http.on('upgrade', (incoming, socket) => {
      const forwarded = this.#forward(incoming);
      if (!forwarded) return socket.destroy();
      forwarded.on('upgrade', ({ headers }, upgraded) => {
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
        socket.on('error', () => upgraded.destroy());
        upgraded.on('error', () => socket.destroy());
        socket.pipe(upgraded).pipe(socket);
      });
      return forwarded.end();
    });
  }

  static async start(target: string, path: string): Promise<SubPathProxy> {
    const proxy = new SubPathProxy(target, path);
    await new Promise<void>((resolve) => proxy.#http.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** Forwards a request. Returns undefined if it is not under the path. The path without a trailing slash is the page. */
  #forward(incoming: IncomingMessage): ReturnType<typeof request> | undefined {
    const url = incoming.url ?? '/';
    const path = url.slice(this.#path.length);
    if (!url.startsWith(this.#path) || !/^([/?]|$)/.test(path)) return undefined;
    const forwarded = request({
      hostname: this.#target.hostname,
      port: this.#target.port,
      path: path.startsWith('/') ? path : `/${path}`,
      method: incoming.method,
      headers: incoming.headers,
    });
    forwarded.on('error', () => incoming.destroy());
    return forwarded;
  }
}
