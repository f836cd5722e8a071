// Starts a server with one engine. Closing the server does not dispose the engine.

import type { Engine } from '../../../src/engine/engine.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../../src/server/start-server.ts';
import { Service, type ServiceOptions } from '../../../src/service/service.ts';

export interface ServeOptions
  extends Omit<ServerOptions, 'service'>,
    Pick<ServiceOptions, 'store' | 'storageLimits' | 'storeLimitMs'> {
  readonly engine: Engine | Promise<Engine>;
}

export async function serveEngine(options: ServeOptions): Promise<RunningServer> {
  const { engine, store, storageLimits, storeLimitMs, ...serverOptions } = options;
  const models = [{ completer: engine }];
  const service = await Service.create({ models, store, storageLimits, storeLimitMs, log: options.log });
  const closeService = async (): Promise<void> => service.close();
  try {
    const server = await startServer({ ...serverOptions, service });
    return { ...server, close: () => server.close().then(closeService) };
  } catch (error) {
    await closeService();
    throw error;
  }
}
