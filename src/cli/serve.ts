// `quire serve`: the chat server, its API and its page, until Ctrl-C. A second Ctrl-C does not wait for answers.

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
import { goOnUnread, say, tell, tellJson } from './terminal.ts';
import { atLeastOne, port, repeated, size, whole } from './values.ts';

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
    .description('serve the chat and an OpenAI-style API over HTTP and WebSocket')
    .option('--port <port>', 'port to listen on; 0 takes any free one', port, 7847)
    .option('--host <host>', 'address to listen on; one that others reach needs keys', '127.0.0.1')
    .option('--api-key <key>', 'let only this key in; may be repeated; QUIRE_API_KEY is one more', repeated)
    .option('--api-key-file <file>', 'let in the keys of this file, one a line; SIGHUP reads it again')
    .option('--key-rpm <n>', 'requests that a key may send in a minute', atLeastOne)
    .option('--key-tpm <n>', 'tokens of prompts and answers that a key may use in a minute', atLeastOne)
    .option('--key-parallel <n>', 'answers that a key may have under way at once', atLeastOne)
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
    .option('--max-sockets <n>', 'chat sockets at the same time; 512 by default', atLeastOne)
    .option('--max-stored <size>', 'what a key may store, such as 512MiB; 1GiB by default', size);
  return addQueueOptions(addDiskOptions(addModelOptions(command, addServedModels))).action(serve);
}

const addServedModels = (command: Command): Command =>
  command.option(
    '--model <[name=]model>',
    `${MODEL_HELP}; may be repeated, and requests choose by name`,
    repeated, // its default would stay in the list
  );

const WITHOUT_TEMPLATE =
  'no_chat_template: the model has no chat template, so it completes texts (/v1/completions) and answers no chats';

async function serve(flags: ServeFlags): Promise<void> {
  goOnUnread(); // whoever started it may not read on
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
  const onHangUp = readKeysAgain(server, flags);
  try {
    const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => true);
    // A model that is there already has answers to end, whichever is still loading.
    if (!(await Promise.race([service.loaded.then(() => false), stopped]))) {
      tellOfModels(service, server.url);
      await stopped;
    }
    await server.close(); // before the models go, so that answers may end
  } finally {
    process.off('SIGHUP', onHangUp);
    await server.close();
  }
}

/** Raises what loading failed by, where there is nothing to serve. */
function tellOfModels({ models }: Service, url: string): void {
  const [first] = models.all;
  if (models.ready.length === 0 && first?.state.kind === 'failed') throw first.state.error;
  const names = models.ready.map(({ name }) => name).join(', ');
  say(`Quire is ready: ${url}  (${names}, Ctrl-C ends)\n`);
  for (const { name, completer } of models.ready)
    if (completer.template === undefined)
      tell(models.all.length > 1 ? `${name}: ${WITHOUT_TEMPLATE}` : WITHOUT_TEMPLATE);
  for (const { name, state } of models.all)
    if (state.kind === 'failed') tell(`${name} is not served: ${state.error.fullLine}`);
}

// What is free is shared before the first one takes its part.
function servedModels(flags: ServeFlags, kvFolder: string | undefined): readonly ModelSource[] {
  const named = (flags.model ?? ['embedded']).map(readModelName);
  const free = availableMemory();
  return named.map(({ name, reference }, i) => {
    // A folder has one owner.
    const kvDiskFolder = i === 0 ? kvFolder : kvFolder && `${kvFolder}-${name ?? i + 1}`;
    const one = { ...flags, model: reference, ...defined({ kvDiskFolder }) };
    return { name, reference, load: () => loadWithProgress(one, { freeBytes: free / named.length }) };
  });
}

/** Takes the faults of turns and of the store: lines of the same log as those of requests. */
export function faultLine(
  { logJson }: Pick<ServeFlags, 'logJson'>,
  write = tellJson,
): (line: string) => void {
  return logJson === true ? faultLog(jsonLogger({ write })) : tell;
}

// What is given holds for everybody; the rest is the server's to say.
function storageLimits(flags: ServeFlags, keys: readonly ApiKey[]): StorageLimits {
  const usual = keys.length > 0 ? DEFAULT_KEY_STORAGE : undefined;
  return {
    conversations: flags.maxConversations ?? usual?.conversations,
    bytes: flags.maxStored ?? usual?.bytes,
  };
}

// Without a file the signal ends the process, as it does where nobody listens.
function readKeysAgain(server: RunningServer, flags: ServeFlags): () => void {
  const read = async (): Promise<void> => {
    try {
      const keys = await serveKeys(flags, ({ fullLine }) => tell(fullLine));
      await server.setKeys(keys);
      tell(`${flags.apiKeyFile} was read: ${keys.length} keys`);
    } catch (error) {
      tell(`the keys stay as they were: ${asQuireError(error).fullLine}`);
    }
  };
  // One after another, so that what was read last holds.
  let reading = Promise.resolve();
  const onHangUp = (): void => {
    reading = reading.then(read).catch(() => undefined); // it has told
  };
  if (flags.apiKeyFile !== undefined) process.on('SIGHUP', onHangUp);
  return onHangUp;
}

// Before a model is read for a server that will not start.
async function checkFlags(flags: ServeFlags): Promise<readonly ApiKey[]> {
  const keys = await serveKeys(flags, ({ fullLine }) => tell(fullLine));
  checkHostNeedsKeys(flags.host, keys);
  for (const origin of flags.allowOrigin ?? []) parseAllowedOrigin(origin);
  if (flags.logTexts === true && flags.logJson !== true)
    throw new QuireError('bad_option', '--log-texts came without --log-json', 'give both, or neither');
  return keys;
}
