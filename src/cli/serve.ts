// `quire serve`: the chat server and its page, until Ctrl-C.

import { once } from 'node:events';
import { join } from 'node:path';
import { Command } from 'commander';
import { startServer } from '../server/start-server.ts';
import {
  addDiskOptions,
  addModelOptions,
  addQueueOptions,
  loadWithProgress,
  type ModelFlags,
  type QueueFlags,
} from './model-options.ts';
import { requireTemplate } from './require-template.ts';
import { port } from './values.ts';

interface ServeFlags extends ModelFlags, QueueFlags {
  readonly port: number;
  readonly host: string;
  readonly dataDir?: string;
}

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('serve the chat over HTTP and WebSocket')
    .option('--port <port>', 'port to listen on; 0 takes any free one', port, 7847)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--data-dir <folder>', 'where what outlives the server is kept; $XDG_DATA_HOME/quire by default');
  return addQueueOptions(addDiskOptions(addModelOptions(command))).action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  await requireTemplate(flags);
  const { dataDir, kvDisk } = flags;
  const hasFolder = dataDir !== undefined && kvDisk !== undefined && kvDisk > 0;
  const loading = loadWithProgress({ ...flags, ...(hasFolder ? { kvDiskFolder: join(dataDir, 'kv') } : {}) });
  loading.catch(() => {}); // awaited below; the server may fail first
  const server = await startServer({
    engine: loading,
    host: flags.host,
    port: flags.port,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  try {
    await using engine = await loading;
    process.stdout.write(`Quire is ready: ${server.url}  (${engine.info.model}, Ctrl-C ends)\n`);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  } finally {
    await server.close();
  }
}
