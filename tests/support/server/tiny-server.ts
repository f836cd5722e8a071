// The server with a tiny model of random weights: real sockets and the real engine, in milliseconds.

import { afterAll, beforeAll } from 'vitest';
import { Engine, type EngineOptions } from '../../../src/engine/engine.ts';
import { loadModel } from '../../../src/engine/node/load-model.ts';
import type { RunningServer } from '../../../src/server/start-server.ts';
import { fixture } from '../fixtures.ts';
import { type ServeOptions, serveEngine } from './serve-engine.ts';

/** With temperature 0 the tiny model answers this prompt until its context of 128 tokens is full. */
export const ENDLESS = 'b';

export const TINY_MODEL = fixture('tiny-llama');

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
  // Greedy by default, so that the page gets the same answers each time.
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

/** Runs `body` with a server and stops the server afterwards. */
export async function withTinyServer(
  options: EngineOptions,
  serving: Partial<ServeOptions>,
  body: (tiny: TinyServer) => Promise<void>,
): Promise<void> {
  const tiny = await startTinyServer(options, serving);
  try {
    await body(tiny);
  } finally {
    await tiny.stop();
  }
}

/** Starts a server before all tests of a file or a `describe` and stops it after them. Usable in tests only. */
export function tinyServerForTests(options?: EngineOptions, serving?: Partial<ServeOptions>): TinyServer {
  const tiny = {} as { -readonly [Name in keyof TinyServer]: TinyServer[Name] };
  beforeAll(async () => {
    Object.assign(tiny, await startTinyServer(options, serving));
  });
  afterAll(() => tiny.stop());
  return tiny;
}
