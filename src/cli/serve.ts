// `quire serve`: runs the chat server, which serves the API and the page, until Ctrl-C. After a second Ctrl-C the server does not
// wait for running answers.

import { once } from 'node:events';
import { join } from 'node:path';
import { Command } from 'commander';
import { asQuireError, QuireError } from '../base/errors.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import { openStore } from '../chat/storage/open-store.ts';
import type { StorageLimits } from '../chat/storage-quota.ts';
import type { ModelInfo } from '../completion/model-info.ts';
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
  addAdapterOption,
  addDiskOptions,
  addModelOptions,
  addPoolingOption,
  addQueueOptions,
  loadWithProgress,
  type ModelFlags,
  type QueueFlags,
} from './model-options.ts';
import { MODEL_HELP } from './model-path.ts';
import { type KeyFlags, readServeKeys } from './serve-keys.ts';
import { continueWhenOutputCloses, writeDiagnostic, writeDiagnosticJson, writeOutput } from './terminal.ts';
import { appendText, parseInteger, parsePort, parsePositiveInteger, parseSize } from './values.ts';

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
    .option('--port <port>', 'port to listen on; 0 selects a free port', parsePort, 7847)
    .option(
      '--host <host>',
      'address to listen on; an address that is not local requires API keys',
      '127.0.0.1',
    )
    .option(
      '--api-key <key>',
      'require this API key, or the key in QUIRE_API_KEY; may be repeated',
      appendText,
    )
    .option('--api-key-file <file>', 'file with API keys, one per line; SIGHUP reloads it')
    .option('--key-rpm <n>', 'maximum requests per minute for each key', parsePositiveInteger)
    .option(
      '--key-tpm <n>',
      'maximum tokens of prompts and answers per minute for each key',
      parsePositiveInteger,
    )
    .option('--key-parallel <n>', 'maximum concurrent answers for each key', parsePositiveInteger)
    .option('--share-cache', 'share cached prefixes between keys')
    .option('--allow-origin <origin>', 'allow browser requests from this origin; may be repeated', appendText)
    .option('--log-json', 'log each request as a JSON line on standard error')
    .option('--log-texts', 'include messages and answers in the JSON log')
    .option('--data-dir <folder>', 'folder for persistent data; $XDG_DATA_HOME/quire by default')
    .option(
      '--database <address>',
      'store conversations in PostgreSQL (postgres://USER@HOST/NAME) instead of the data folder',
    )
    .option('--max-conversations <n>', 'maximum conversations for each key; 10000 by default', parseInteger)
    .option('--max-sockets <n>', 'maximum concurrent chat sockets; 512 by default', parsePositiveInteger)
    .option(
      '--max-stored <size>',
      'maximum storage for each key, such as 512MiB; 1GiB by default',
      parseSize,
    );
  const withModels = addPoolingOption(addAdapterOption(addModelOptions(command, addServedModelsOption)));
  return addQueueOptions(addDiskOptions(withModels)).action(serve);
}

const addServedModelsOption = (command: Command): Command =>
  command.option(
    '--model <[name=]model>',
    `${MODEL_HELP}; may be repeated: requests select a model by name`,
    appendText, // no default here: commander would keep it in the list
  );

const NO_TEMPLATE_NOTE =
  'no_chat_template: the model has no chat template; only completions (/v1/completions) are available, no chats';

async function serve(flags: ServeFlags): Promise<void> {
  continueWhenOutputCloses(); // the server must run on if the process that started it closes the pipe
  const keys = await checkFlags(flags);
  const { dataDir = defaultDataFolder(), database, kvDisk = 0 } = flags;
  const onWarning = ({ fullLine }: QuireError): void => writeDiagnostic(fullLine);
  const store = await openStore({ dataDir, database, onWarning });
  const secret = keys.length > 0 ? { keySecret: await loadKeySecret(dataDir) } : {};
  const service = await Service.create({
    models: modelSources(flags, kvDisk > 0 ? join(dataDir, 'kv') : undefined),
    store,
    storageLimits: storageLimits(flags, keys),
    log: createFaultLog(flags),
  });
  try {
    await runServer(service, flags, keys, secret);
  } finally {
    await service.close();
  }
}

async function runServer(
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
    log: writeDiagnostic,
    ...(flags.logJson === true
      ? { jsonLog: { write: writeDiagnosticJson, texts: flags.logTexts === true } }
      : {}),
  });
  const onHangUp = reloadKeysOnHangUp(server, flags);
  try {
    const stopSignal = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => true);
    // A signal shuts down the server gracefully, even while a model is loading.
    if (!(await Promise.race([service.loaded.then(() => false), stopSignal]))) {
      reportModels(service, server.url);
      await stopSignal;
    }
    await server.close(); // before the models are unloaded, so that running answers can end
  } finally {
    process.off('SIGHUP', onHangUp);
    await server.close();
  }
}

/** Prints the names of the models that are served. If the only model could not be loaded, throws its error. */
function reportModels({ models }: Service, url: string): void {
  const [first] = models.all;
  if (models.ready.length === 0 && first?.state.kind === 'failed') throw first.state.error;
  const names = [...models.ready, ...models.adapted].map(({ name }) => name).join(', ');
  const backends = new Set(models.ready.map(({ completer }) => backendText(completer.info)));
  writeOutput(`Quire is ready: ${url}  (${names}, ${[...backends].join(', ')}, Ctrl-C stops it)\n`);
  for (const { name, completer } of models.ready)
    if (completer.template === undefined)
      writeDiagnostic(models.all.length > 1 ? `${name}: ${NO_TEMPLATE_NOTE}` : NO_TEMPLATE_NOTE);
  for (const { name, state } of models.all)
    if (state.kind === 'failed') writeDiagnostic(`${name} is not served: ${state.error.fullLine}`);
}

// For example `native avx512`. Other backends have no instruction sets.
const backendText = ({ backend = 'unknown backend', numerics }: ModelInfo): string =>
  backend === 'native' ? `native ${numerics}` : `${backend} backend`;

// Divides the free memory among the models before the first model allocates memory.
function modelSources(flags: ServeFlags, kvFolder: string | undefined): readonly ModelSource[] {
  const models = (flags.model ?? ['embedded']).map(readModelName);
  const freeBytes = availableMemory() / models.length;
  return models.map(({ name, reference }, i) => {
    // Each engine locks its folder, so every model needs a separate folder.
    const kvDiskFolder = i === 0 ? kvFolder : kvFolder && `${kvFolder}-${name ?? i + 1}`;
    const { adapter, pooling, ...others } = flags;
    // Adapters belong to the default model.
    const own = omitUndefined({ kvDiskFolder, ...(i === 0 ? { adapter, pooling } : {}) });
    const modelFlags = { ...others, model: reference, ...own };
    return { name, reference, load: () => loadWithProgress(modelFlags, { freeBytes }) };
  });
}

/** Returns the function that logs errors of turns and of the store. With `--log-json` it writes each error as a JSON line. */
export function createFaultLog(
  { logJson }: Pick<ServeFlags, 'logJson'>,
  write = writeDiagnosticJson,
): (line: string) => void {
  return logJson === true ? faultLog(jsonLogger({ write })) : writeDiagnostic;
}

// Limits of the command line always apply. The default limits apply only if the server has keys.
function storageLimits(flags: ServeFlags, keys: readonly ApiKey[]): StorageLimits {
  const defaults = keys.length > 0 ? DEFAULT_KEY_STORAGE : undefined;
  return {
    conversations: flags.maxConversations ?? defaults?.conversations,
    bytes: flags.maxStored ?? defaults?.bytes,
  };
}

// Reloads the key file on SIGHUP. Without a key file the signal ends the process, as it does by default.
function reloadKeysOnHangUp(server: RunningServer, flags: ServeFlags): () => void {
  const reload = async (): Promise<void> => {
    try {
      const keys = await readServeKeys(flags, ({ fullLine }) => writeDiagnostic(fullLine));
      await server.setKeys(keys);
      writeDiagnostic(`${flags.apiKeyFile} was reloaded: ${keys.length} keys`);
    } catch (error) {
      writeDiagnostic(`the keys were not changed: ${asQuireError(error).fullLine}`);
    }
  };
  // Reloads run one after the other, so that the keys of the last signal are used.
  let reloading = Promise.resolve();
  const onHangUp = (): void => {
    reloading = reloading.then(reload).catch(() => undefined); // `reload` reports its errors
  };
  if (flags.apiKeyFile !== undefined) process.on('SIGHUP', onHangUp);
  return onHangUp;
}

// Returns the API keys, or rejects with the error of an invalid flag. Runs before a model is loaded.
async function checkFlags(flags: ServeFlags): Promise<readonly ApiKey[]> {
  const keys = await readServeKeys(flags, ({ fullLine }) => writeDiagnostic(fullLine));
  checkHostNeedsKeys(flags.host, keys);
  for (const origin of flags.allowOrigin ?? []) parseAllowedOrigin(origin);
  if (flags.logTexts === true && flags.logJson !== true)
    throw new QuireError('bad_option', '--log-texts needs --log-json', 'add --log-json');
  return keys;
}
