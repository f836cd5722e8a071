// `quire serve`: runs the chat server, its API and its page until Ctrl-C. A second Ctrl-C does not wait for running answers.

import { once } from 'node:events';
import { join } from 'node:path';
import { Command } from 'commander';
import { defined } from '../base/defined.ts';
import { asQuireError, QuireError } from '../base/errors.ts';
import { openStore } from '../chat/storage/open-store.ts';
import type { StorageLimits } from '../chat/storage-quota.ts';
import { availableMemory } from '../engine/node/available-memory.ts';
import { defaultDataFolder } from '../engine/node/data-folder.ts';
import { checkHostNeedsKeys } from '../server/http/connections/listen.ts';
import type { ApiKey } from '../server/http/keys/api-key.ts';
import { loadKeySecret } from '../server/http/keys/key-secret.ts';
import { DEFAULT_KEY_STORAGE } from '../server/http/limits.ts';
import { faultLog, jsonLogger } from '../server/http/logs/request-log.ts';
import { parseAllowedOrigin } from '../server/http/origins/origin-rules.ts';
import { type RunningServer, type ServerOptions, startServer } from '../server/start-server.ts';
import type { ModelSource } from '../service/model-registry.ts';
import { Service } from '../service/service.ts';
import { readModelName } from './model-name.ts';
import {
  addDiskOptions,
  addModelOptions,
  addQueueOptions,
  loadWithProgress,
  type ModelFlags,
  type QueueFlags,
} from './model-options.ts';
import { MODEL_HELP } from './model-path.ts';
import { type KeyFlags, serveKeys } from './serve-keys.ts';
import { continueWithoutReader, say, tell, tellJson } from './terminal.ts';
import { atLeastOne, integer, port, repeated, size } from './values.ts';

interface ServeFlags extends Omit<ModelFlags, 'model'>, QueueFlags, KeyFlags {
  readonly model?: readonly string[];
  readonly port: number;
  readonly host: string;
  readonly shareCache?: true;
  readonly allowOrigin?: readonly string[];
  readonly logJson?: true;
  readonly logTexts?: true;
  readonly dataDir?: string;
  readonly database?: string;
  readonly maxConversations?: number;
  readonly maxStored?: number;
  readonly maxSockets?: number;
}

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('serve the chat page and an OpenAI-compatible API over HTTP and WebSocket')
    .option('--port <port>', 'port to listen on; 0 for any free port', port, 7847)
    .option('--host <host>', 'address to listen on; API keys are required unless it is local', '127.0.0.1')
    .option('--api-key <key>', 'require this API key; may be repeated; QUIRE_API_KEY adds one', repeated)
    .option('--api-key-file <file>', 'file with API keys, one per line; SIGHUP reloads it')
    .option('--key-rpm <n>', 'requests per minute and key', atLeastOne)
    .option('--key-tpm <n>', 'tokens of prompts and answers per minute and key', atLeastOne)
    .option('--key-parallel <n>', 'concurrent answers per key', atLeastOne)
    .option('--share-cache', 'share cached prefixes between keys')
    .option('--allow-origin <origin>', 'allow browser requests from this origin; may be repeated', repeated)
    .option('--log-json', 'log each request as a JSON line on standard error')
    .option('--log-texts', 'include messages and answers in the JSON log')
    .option('--data-dir <folder>', 'folder for persistent data; $XDG_DATA_HOME/quire by default')
    .option(
      '--database <address>',
      'store conversations in PostgreSQL (postgres://USER@HOST/NAME) instead of the data folder',
    )
    .option('--max-conversations <n>', 'conversations per key; 10000 by default', integer)
    .option('--max-sockets <n>', 'concurrent chat sockets; 512 by default', atLeastOne)
    .option('--max-stored <size>', 'storage per key, such as 512MiB; 1GiB by default', size);
  return addQueueOptions(addDiskOptions(addModelOptions(command, addServedModels))).action(serve);
}

const addServedModels = (command: Command): Command =>
  command.option(
    '--model <[name=]model>',
    `${MODEL_HELP}; may be repeated: requests select a model by name`,
    repeated, // a default value would remain in the list
  );

const WITHOUT_TEMPLATE =
  'no_chat_template: the model has no chat template, so it serves completions (/v1/completions) but no chats';

async function serve(flags: ServeFlags): Promise<void> {
  continueWithoutReader(); // the process that started the server may close the pipe
  const keys = await checkFlags(flags);
  const { dataDir = defaultDataFolder(), database, kvDisk = 0 } = flags;
  const onWarning = ({ fullLine }: QuireError): void => tell(fullLine);
  const store = await openStore({ dataDir, database, onWarning });
  const secret = keys.length > 0 ? { keySecret: await loadKeySecret(dataDir) } : {};
  const service = await Service.create({
    models: servedModels(flags, kvDisk > 0 ? join(dataDir, 'kv') : undefined),
    store,
    storageLimits: storageLimits(flags, keys),
    log: faultLine(flags),
  });
  try {
    await serveWith(service, flags, keys, secret);
  } finally {
    await service.close();
  }
}

async function serveWith(
  service: Service,
  flags: ServeFlags,
  keys: readonly ApiKey[],
  secret: Pick<ServerOptions, 'keySecret'>,
): Promise<void> {
  const server = await startServer({
    service,
    host: flags.host,
    port: flags.port,
    apiKeys: keys,
    ...secret,
    maxSockets: flags.maxSockets,
    shareCache: flags.shareCache === true,
    allowedOrigins: flags.allowOrigin ?? [],
    log: tell,
    ...(flags.logJson === true ? { jsonLog: { write: tellJson, texts: flags.logTexts === true } } : {}),
  });
  const onHangUp = reloadKeysOnHangUp(server, flags);
  try {
    const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => true);
    // On a signal, the server shuts down gracefully even while a model is still loading.
    if (!(await Promise.race([service.loaded.then(() => false), stopped]))) {
      reportModels(service, server.url);
      await stopped;
    }
    await server.close(); // before the models are unloaded, so that running answers can end
  } finally {
    process.off('SIGHUP', onHangUp);
    await server.close();
  }
}

/** Prints the models that are served. Throws the error of loading when there is none. */
function reportModels({ models }: Service, url: string): void {
  const [first] = models.all;
  if (models.ready.length === 0 && first?.state.kind === 'failed') throw first.state.error;
  const names = models.ready.map(({ name }) => name).join(', ');
  say(`Quire is ready: ${url}  (${names}, Ctrl-C stops it)\n`);
  for (const { name, completer } of models.ready)
    if (completer.template === undefined)
      tell(models.all.length > 1 ? `${name}: ${WITHOUT_TEMPLATE}` : WITHOUT_TEMPLATE);
  for (const { name, state } of models.all)
    if (state.kind === 'failed') tell(`${name} is not served: ${state.error.fullLine}`);
}

// The free memory is divided before the first model allocates its part.
function servedModels(flags: ServeFlags, kvFolder: string | undefined): readonly ModelSource[] {
  const named = (flags.model ?? ['embedded']).map(readModelName);
  const free = availableMemory();
  return named.map(({ name, reference }, i) => {
    // Each engine locks its folder, so every model needs another one.
    const kvDiskFolder = i === 0 ? kvFolder : kvFolder && `${kvFolder}-${name ?? i + 1}`;
    const one = { ...flags, model: reference, ...defined({ kvDiskFolder }) };
    return { name, reference, load: () => loadWithProgress(one, { freeBytes: free / named.length }) };
  });
}

/** Returns the log function for faults of turns and of the store; with `--log-json` they are JSON lines, as requests are. */
export function faultLine(
  { logJson }: Pick<ServeFlags, 'logJson'>,
  write = tellJson,
): (line: string) => void {
  return logJson === true ? faultLog(jsonLogger({ write })) : tell;
}

// Explicit limits always apply; otherwise limits apply only when there are keys.
function storageLimits(flags: ServeFlags, keys: readonly ApiKey[]): StorageLimits {
  const usual = keys.length > 0 ? DEFAULT_KEY_STORAGE : undefined;
  return {
    conversations: flags.maxConversations ?? usual?.conversations,
    bytes: flags.maxStored ?? usual?.bytes,
  };
}

// Reloads the key file on SIGHUP. Without a key file the signal ends the process, as it does by default.
function reloadKeysOnHangUp(server: RunningServer, flags: ServeFlags): () => void {
  const read = async (): Promise<void> => {
    try {
      const keys = await serveKeys(flags, ({ fullLine }) => tell(fullLine));
      await server.setKeys(keys);
      tell(`${flags.apiKeyFile} was reloaded: ${keys.length} keys`);
    } catch (error) {
      tell(`the keys were not changed: ${asQuireError(error).fullLine}`);
    }
  };
  // Sequential, so that the last file contents win.
  let reading = Promise.resolve();
  const onHangUp = (): void => {
    reading = reading.then(read).catch(() => undefined); // `read` reports its errors
  };
  if (flags.apiKeyFile !== undefined) process.on('SIGHUP', onHangUp);
  return onHangUp;
}

// Runs before a model is loaded, so that invalid flags are reported at once.
async function checkFlags(flags: ServeFlags): Promise<readonly ApiKey[]> {
  const keys = await serveKeys(flags, ({ fullLine }) => tell(fullLine));
  checkHostNeedsKeys(flags.host, keys);
  for (const origin of flags.allowOrigin ?? []) parseAllowedOrigin(origin);
  if (flags.logTexts === true && flags.logJson !== true)
    throw new QuireError('bad_option', '--log-texts needs --log-json', 'add --log-json');
  return keys;
}
