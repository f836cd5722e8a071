// Starts a server with a tiny model of random weights, so that tests with real sockets and the real engine take milliseconds.

import { afterAll, beforeAll } from 'vitest';
import { Engine, type EngineOptions } from '../../../src/engine/engine.ts';
import { loadModel } from '../../../src/engine/node/load-model.ts';
import type { RunningServer } from '../../../src/server/start-server.ts';
import { fixture } from '../fixtures.ts';
import { type ServeOptions, serveEngine } from './serve-engine.ts';

/** With temperature 0, the answer of the tiny model to this prompt ends only when the context of 128 tokens is full. */
export const ENDLESS_PROMPT = 'b';

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
  serverOptions: Partial<ServeOptions> = {},
): Promise<TinyServer> {
  const model = await loadModel({ model: TINY_MODEL, backend: 'reference' }); // slow enough to be interrupted
  // Sampling is greedy by default, so that the page always receives the same answers.
  const engine = await Engine.create({ ...model, generation: { temperature: 0 } }, options);
  const log: string[] = [];
  const server = await serveEngine({
    engine,
    host: '127.0.0.1',
    port: 0,
    log: (line) => log.push(line),
    ...serverOptions,
  });
  const stop = async (): Promise<void> => {
    await server.close();
    await engine.dispose();
  };
  return { engine, server, url: server.url, log, stop };
}

/** Runs `action` with a server and stops the server afterwards. */
export async function withTinyServer(
  options: EngineOptions,
  serverOptions: Partial<ServeOptions>,
  action: (tiny: TinyServer) => Promise<void>,
): Promise<void> {
  const tiny = await startTinyServer(options, serverOptions);
  try {
    await action(tiny);
  } finally {
    await tiny.stop();
  }
}

/** Starts a server before all tests of a file or a `describe`, and stops it after them. Call it in test files only. */
export function tinyServerForTests(
  options?: EngineOptions,
  serverOptions?: Partial<ServeOptions>,
): TinyServer {
  const tiny = {} as { -readonly [Name in keyof TinyServer]: TinyServer[Name] };
  beforeAll(async () => {
    Object.assign(tiny, await startTinyServer(options, serverOptions));
  });
  afterAll(() => tiny.stop());
  return tiny;
}
