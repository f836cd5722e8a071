// The server with a tiny model of random weights: real sockets and the real engine, in milliseconds.

import { fileURLToPath } from 'node:url';
import { Engine, type EngineOptions } from '../../../src/engine/engine.ts';
import { loadModel } from '../../../src/engine/node/load-model.ts';
import type { RunningServer } from '../../../src/server/start-server.ts';
import { type ServeOptions, serveEngine } from './serve-engine.ts';

const TINY_MODEL = fileURLToPath(new URL('../../golden/fixtures/tiny-llama', import.meta.url));

export interface TinyServer {
  readonly engine: Engine;
  readonly server: RunningServer;
  readonly url: string;
  /** lines that the server logged */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

export async function startTinyServer(
  options: EngineOptions = {},
  serving: Partial<ServeOptions> = {},
): Promise<TinyServer> {
  const model = await loadModel({ model: TINY_MODEL, backend: 'reference' }); // slow enough to be interrupted
  // Greedy where a request says nothing, so that the page gets the same answers each time.
  const engine = await Engine.create({ ...model, generation: { temperature: 0 } }, options);
  const log: string[] = [];
  const server = await serveEngine({
    engine,
    host: '127.0.0.1',
    port: 0,
    log: (line) => log.push(line),
    ...serving,
  });
  const stop = async (): Promise<void> => {
    await server.close();
    await engine.dispose();
  };
  return { engine, server, url: server.url, log, stop };
}
