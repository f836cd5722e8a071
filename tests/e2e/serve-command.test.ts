// Tests `quire serve` as a process that prints its address when it is ready and ends on Ctrl-C.

import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { type QuireProcess, startQuire } from '../support/quire-process.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { bearer, postJson } from '../support/server/http-calls.ts';
import { servedUrl } from '../support/server/serve-process.ts';
import { TINY_MODEL } from '../support/server/tiny-server.ts';
import { temporaryFolderForEachTest } from '../support/temporary-folder.ts';

const folder = temporaryFolderForEachTest('serve');
const processes = new Set<QuireProcess>();

afterEach(() => {
  for (const { child } of processes) child.kill('SIGKILL');
  processes.clear();
});

const serve = (...args: readonly string[]): QuireProcess => serveWith({}, ...args);

function serveWith(env: NodeJS.ProcessEnv, ...args: readonly string[]): QuireProcess {
  const model = args.includes('--model') ? [] : ['--model', TINY_MODEL];
  const home = mkdtempSync(join(process.env.XDG_DATA_HOME!, 'home-'));
  const started = startQuire(['serve', ...model, ...args], { env: { XDG_DATA_HOME: home, ...env } });
  processes.add(started);
  return started;
}

async function expectExit(server: QuireProcess, code: number): Promise<void> {
  expect((await server.ended).code).toBe(code);
}

/** Ends the server with SIGTERM and expects success. */
async function stop(server: QuireProcess): Promise<void> {
  server.child.kill('SIGTERM');
  await expectExit(server, 0);
}

/** Returns the status of a request with an API key. */
const statusWith = async (url: string, key: string): Promise<number> =>
  (await fetch(`${url}/v1/models`, { headers: bearer(key) })).status;

test('quire serve prints its address, responds to requests, and ends on Ctrl-C', async () => {
  const server = serve('--port', '0');
  const url = await servedUrl(server);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  const client = await ChatClient.open(url);
  const { end } = await client.ask('hello', { options: { maxTokens: 4 } });
  expect(end.usage?.generatedTokens).toBeLessThanOrEqual(4);
  server.child.kill('SIGINT');
  await expectExit(server, 0);
  expect((await client.closed).code).toBe(1001);
});

test('quire serve --kv-disk stores keys and values in private files and restores them after a restart', async () => {
  const data = join(folder(), 'data');
  const umask = process.umask(0); // the servers inherit the umask
  onTestFinished(() => {
    process.umask(umask);
  });
  const cachedTokens: number[] = [];
  for (let i = 0; i < 2; i++) {
    const server = serve('--port', '0', '--kv-disk', '64MiB', '--data-dir', data, '--block-size', '4');
    const client = await ChatClient.open(await servedUrl(server));
    const { end } = await client.ask('a long hello to everybody here', { options: { maxTokens: 4 } });
    cachedTokens.push(end.usage!.cachedTokens);
    await stop(server);
    expect(server.error()).toBe('');
  }
  expect(cachedTokens[0]).toBe(0);
  expect(cachedTokens[1]).toBeGreaterThanOrEqual(4);
  const modes = readdirSync(folder(), { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder(), name)))
    .map((file) => [file.isDirectory(), (file.mode & 0o777).toString(8)].join(' '));
  expect(modes.length).toBeGreaterThan(8); // the database, its lock, blocks and their folders
  if (process.platform !== 'win32') expect(new Set(modes)).toEqual(new Set(['true 700', 'false 600']));
});

test('quire serve continues when the pipes of standard output and standard error are closed', async () => {
  const server = serve('--port', '0', '--log-json');
  const url = await servedUrl(server);
  server.child.stdout!.destroy();
  server.child.stderr!.destroy();
  for (let i = 0; i < 5; i++) expect((await fetch(`${url}/v1/models`)).status).toBe(200);
  await stop(server);
});

test('quire serve ignores a relative XDG_DATA_HOME, and names --data-dir in the error for an unusable data folder', async () => {
  const file = join(folder(), '.local');
  writeFileSync(file, '');
  const server = serveWith({ XDG_DATA_HOME: 'relative', HOME: folder() }, '--port', '0');
  await expectExit(server, 1);
  const data = join(file, 'share', 'quire');
  expect(server.error()).toBe(
    `storage_failed: the data folder ${data} cannot be used (ENOTDIR); ` +
      'choose another folder with --data-dir (dataDir), or correct the permissions of this one\n',
  );
});

test('quire serve reads the key file at the start and at SIGHUP; the file with the secret of the key ids is private', async () => {
  const file = join(folder(), 'keys');
  const data = join(folder(), 'data');
  writeFileSync(file, '# of ada\nfirst-key name=ada rpm=60\n', { mode: 0o644 });
  const server = serve('--port', '0', '--api-key-file', file, '--data-dir', data, '--max-sockets', '1');
  const url = await servedUrl(server);
  expect(server.error()).toMatch(/^file_not_private: .*keys.*chmod 600/m);
  const status = (key: string): Promise<number> => statusWith(url, key);
  expect([await status('first-key'), await status('second-key')]).toEqual([200, 401]);
  expect(statSync(join(data, 'key-secret')).mode & 0o777).toBe(0o600);
  const client = await ChatClient.open(url, { key: 'first-key' });
  await expect(ChatClient.open(url, { key: 'first-key' })).rejects.toThrow('429');
  await client.close();
  writeFileSync(file, 'second-key name=ada nonsense\n');
  server.child.kill('SIGHUP');
  await expect.poll(() => server.error()).toMatch(/keys were not changed: bad_option: line 1/);
  expect(await status('first-key')).toBe(200);
  writeFileSync(file, 'second-key name=ada\n');
  server.child.kill('SIGHUP');
  await expect.poll(() => server.error()).toMatch(/was reloaded: 1 keys/);
  expect([await status('first-key'), await status('second-key')]).toEqual([401, 200]);
  await stop(server);
});

test.skipIf(process.platform === 'win32')(
  'after two SIGHUPs, quire serve uses the keys of the second read, even if the first read ends later',
  async () => {
    const [file, fifo] = [join(folder(), 'keys'), join(folder(), 'fifo')];
    writeFileSync(file, 'first-key\n', { mode: 0o600 });
    const server = serve('--port', '0', '--api-key-file', file, '--data-dir', join(folder(), 'data'));
    const url = await servedUrl(server);
    const status = (key: string): Promise<number> => statusWith(url, key);
    execFileSync('mkfifo', ['-m', '600', fifo]); // a read blocks until data is written
    rmSync(file);
    linkSync(fifo, file);
    server.child.kill('SIGHUP');
    const open = (): number => openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK); // fails until the server has opened the file
    const pipe = await vi.waitFor(open, { timeout: 10_000 });
    const replacement = join(folder(), 'draft');
    writeFileSync(replacement, 'third-key\n', { mode: 0o600 });
    renameSync(replacement, file);
    server.child.kill('SIGHUP');
    await sleep(100);
    writeSync(pipe, 'second-key\n');
    closeSync(pipe);
    await expect
      .poll(() => server.error().match(/was reloaded: 1 keys/g)?.length, { timeout: 10_000 })
      .toBe(2);
    expect([await status('second-key'), await status('third-key')]).toEqual([401, 200]);
    await stop(server);
  },
);

test.each([
  [['--host', '0.0.0.0', '--api-key', 'a'], /fewer than 16 characters.*openssl/],
  [['--allow-origin', 'https://chat.example/app'], /is not an origin/],
  [['--key-rpm', '3'], /limits for API keys need/],
  [['--key-rpm', '0', '--api-key', 'x'], /whole number of at least 1/],
  [['--api-key-file', '/no/such/file'], /cannot read the key file/],
])('quire serve rejects %j before the model is loaded', async (args, message) => {
  const server = serve('--port', '0', ...args);
  expect((await server.ended).code).toBeGreaterThan(0);
  expect(server.error()).toMatch(message);
  expect(server.output()).toBe('');
});

test('quire serve selects one of several models by name, even if another model fails to load', async () => {
  const brokenModel = './a=b.gguf';
  const server = serve('--port', '0', '--model', `tiny=${TINY_MODEL}`, '--model', brokenModel);
  const url = await servedUrl(server);
  expect(server.output()).toMatch(/\(tiny, (native \w+|(wasm|reference) backend), Ctrl-C stops it\)/);
  await expect.poll(() => server.error()).toMatch(/^a=b is not served: \w+: /m);
  const answer = await fetch(`${url}/v1/models`);
  const { data } = (await answer.json()) as { data: { id: string; status: string }[] };
  expect(data.map(({ id, status }) => [id, status])).toEqual([
    ['tiny', 'ready'],
    ['a=b', 'failed'],
  ]);
  await stop(server);
  const duplicate = serve('--port', '0', '--model', `tiny=${TINY_MODEL}`, '--model', `tiny=${TINY_MODEL}`);
  await expectExit(duplicate, 2);
  expect(duplicate.error()).toMatch(/^bad_option: two models are called tiny; /);
});

test('quire serve warns about a model without a chat template, and serves it for text completions', async () => {
  const server = serve('--port', '0', '--model', fixture('tiny-gpt2'));
  const url = await servedUrl(server);
  const body = { prompt: 'Once upon a time', max_tokens: 3 };
  const answer = await postJson(`${url}/v1/completions`, body);
  expect(answer.status).toBe(200);
  expect(server.error()).toMatch(/^no_chat_template: .*\/v1\/completions/m);
  await stop(server);
});

test('quire serve reports a port in use in one error line, with exit code 1', async () => {
  const url = await servedUrl(serve('--port', '0'));
  const secondServer = serve('--port', new URL(url).port);
  await expectExit(secondServer, 1);
  const lines = secondServer.error().trim().split('\n');
  expect(lines.at(-1)).toMatch(/port_in_use: port \d+ on 127\.0\.0\.1 is in use; .*--port/);
  expect(secondServer.output()).toBe('');
});

test('quire serve accepts API keys from the command line and the environment, and logs requests', async () => {
  const server = serveWith(
    { QUIRE_API_KEY: 'from-env' },
    '--port',
    '0',
    '--api-key',
    'from-line',
    '--log-json',
  );
  const url = await servedUrl(server);
  const status = (key: string): Promise<number> => statusWith(url, key);
  expect(await Promise.all(['from-env', 'from-line', 'other'].map(status))).toEqual([200, 200, 401]);
  const request = { model: TINY_MODEL, messages: [{ role: 'user', content: 'hello' }], max_tokens: 1 };
  const answer = await postJson(`${url}/v1/chat/completions`, request, bearer('from-env'));
  expect(answer.status).toBe(200);
  await stop(server);
  const lines = server.error().trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { status: number }).status).sort()).toEqual([
    200, 200, 200, 401,
  ]);
});
