// The server with a tiny model of random weights: real sockets and the real engine, in milliseconds.

import { fileURLToPath } from 'node:url';
import { type Engine, type EngineOptions, loadEngine } from '../../src/engine/engine.ts';
import { type RunningServer, startServer } from '../../src/server/start-server.ts';

export const TINY_MODEL = fileURLToPath(new URL('../golden/fixtures/tiny-llama', import.meta.url));

export interface TinyServer {
  readonly engine: Engine;
  readonly server: RunningServer;
  readonly url: string;
  /** lines that the server logged */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

export async function startTinyServer(options: EngineOptions = {}): Promise<TinyServer> {
  const engine = await loadEngine({ model: TINY_MODEL, ...options });
  const log: string[] = [];
  const server = await startServer({ engine, host: '127.0.0.1', port: 0, log: (line) => log.push(line) });
  const stop = async (): Promise<void> => {
    await server.close();
    await engine.dispose();
  };
  return { engine, server, url: server.url, log, stop };
}
