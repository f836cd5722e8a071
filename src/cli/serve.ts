// `quire serve`: the chat server, its API and its page, until Ctrl-C. A second Ctrl-C does not wait for answers.

import { once } from 'node:events';
import { join } from 'node:path';
import { Command } from 'commander';
import { QuireError } from '../base/errors.ts';
import { openStore } from '../chat/storage/open-store.ts';
import { defaultDataFolder } from '../engine/node/kv-disk.ts';
import { keyChecker } from '../server/api-keys.ts';
import { STORAGE_OF_KEY } from '../server/limits.ts';
import { checkHost } from '../server/listen.ts';
import { type ServerOptions, startServer } from '../server/start-server.ts';
import {
  addDiskOptions,
  addModelOptions,
  addQueueOptions,
  loadWithProgress,
  type ModelFlags,
  type QueueFlags,
} from './model-options.ts';
import { goOnUnread, say, tell, tellJson } from './terminal.ts';
import { port, repeated, size, whole } from './values.ts';

interface ServeFlags extends ModelFlags, QueueFlags {
  readonly port: number;
  readonly host: string;
  readonly apiKey?: readonly string[];
  readonly shareCache?: true;
  readonly allowOrigin?: readonly string[];
  readonly logJson?: true;
  readonly logTexts?: true;
  readonly dataDir?: string;
  readonly database?: string;
  readonly maxConversations?: number;
  readonly maxStored?: number;
}

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('serve the chat and an OpenAI-style API over HTTP and WebSocket')
    .option('--port <port>', 'port to listen on; 0 takes any free one', port, 7847)
    .option('--host <host>', 'address to listen on; one that others reach needs --api-key', '127.0.0.1')
    .option('--api-key <key>', 'let only this key in; may be repeated; QUIRE_API_KEY is one more', repeated)
    .option('--share-cache', 'let keys find the text that others have computed')
    .option('--allow-origin <origin>', 'let pages of this origin use the server; may be repeated', repeated)
    .option('--log-json', 'log each request as a JSON line on standard error')
    .option('--log-texts', 'messages and answers in the JSON log too')
    .option('--data-dir <folder>', 'where what outlives the server is kept; $XDG_DATA_HOME/quire by default')
    .option(
      '--database <address>',
      'conversations in PostgreSQL at postgres://USER@HOST/NAME, not in the data folder',
    )
    .option('--max-conversations <n>', 'conversations that a key may store; 10000 by default', whole)
    .option('--max-stored <size>', 'what a key may store, such as 512MiB; 1GiB by default', size);
  return addQueueOptions(addDiskOptions(addModelOptions(command))).action(serve);
}

const WITHOUT_TEMPLATE =
  'no_chat_template: the model has no chat template, so it completes texts (/v1/completions) and answers no chats';

async function serve(flags: ServeFlags): Promise<void> {
  goOnUnread(); // whoever started it may not read on
  checkFlags(flags);
  const { dataDir = defaultDataFolder(), database, kvDisk = 0 } = flags;
  const onWarning = ({ fullLine }: QuireError): void => tell(fullLine);
  const store = await openStore({ dataDir, database, onWarning });
  const loading = loadWithProgress({
    ...flags,
    ...(kvDisk > 0 ? { kvDiskFolder: join(dataDir, 'kv') } : {}),
  });
  loading.catch(() => {}); // awaited below; the server may fail first
  const server = await startServer({
    engine: loading,
    store,
    ...storageLimits(flags),
    host: flags.host,
    port: flags.port,
    modelNames: [flags.model],
    apiKeys: apiKeys(flags),
    shareCache: flags.shareCache === true,
    allowedOrigins: flags.allowOrigin ?? [],
    log: tell,
    ...(flags.logJson === true ? { jsonLog: { write: tellJson, texts: flags.logTexts === true } } : {}),
  });
  try {
    await using engine = await loading;
    say(`Quire is ready: ${server.url}  (${engine.info.model}, Ctrl-C ends)\n`);
    if (engine.template === undefined) tell(WITHOUT_TEMPLATE);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    await server.close(); // before the engine goes, so that answers may end
  } finally {
    await server.close();
  }
}

// What is given holds for everybody; the rest is the server's to say.
function storageLimits(flags: ServeFlags): Pick<ServerOptions, 'storageLimits'> {
  const { maxConversations, maxStored } = flags;
  if (maxConversations === undefined && maxStored === undefined) return {};
  const usual = apiKeys(flags).length > 0 ? STORAGE_OF_KEY : undefined;
  return {
    storageLimits: {
      conversations: maxConversations ?? usual?.conversations,
      bytes: maxStored ?? usual?.bytes,
    },
  };
}

// Before a model is read for a server that will not start.
function checkFlags(flags: ServeFlags): void {
  const keys = apiKeys(flags);
  keyChecker(keys);
  checkHost(flags.host, keys);
  if (flags.logTexts !== true || flags.logJson === true) return;
  throw new QuireError('bad_option', '--log-texts came without --log-json', 'give both, or neither');
}

function apiKeys({ apiKey = [] }: ServeFlags): readonly string[] {
  const { QUIRE_API_KEY: one } = process.env;
  return one === undefined || one === '' ? apiKey : [...apiKey, one];
}
