// `quire serve` as a user starts it: a process that prints its address when it is ready and ends on Ctrl-C.

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

async function expectExit(serving: QuireProcess, code: number): Promise<void> {
  expect((await serving.ended).code).toBe(code);
}

/** Ends the server with SIGTERM and expects success. */
async function stop(serving: QuireProcess): Promise<void> {
  serving.child.kill('SIGTERM');
  await expectExit(serving, 0);
}

/** Returns the status of a request with an API key. */
const statusWith = async (url: string, key: string): Promise<number> =>
  (await fetch(`${url}/v1/models`, { headers: bearer(key) })).status;

test('serve prints its address, answers there, and ends on Ctrl-C', async () => {
  const serving = serve('--port', '0');
  const url = await servedUrl(serving);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  const client = await ChatClient.open(url);
  const { end } = await client.ask('hello', { options: { maxTokens: 4 } });
  expect(end.usage?.generatedTokens).toBeLessThanOrEqual(4);
  serving.child.kill('SIGINT');
  await expectExit(serving, 0);
  expect((await client.closed).code).toBe(1001);
});

test('serve --kv-disk stores keys and values in private files and finds them after a restart', async () => {
  const data = join(folder(), 'data');
  const umask = process.umask(0); // the servers inherit it
  onTestFinished(() => {
    process.umask(umask);
  });
  const cached: number[] = [];
  for (let i = 0; i < 2; i++) {
    const serving = serve('--port', '0', '--kv-disk', '64MiB', '--data-dir', data, '--block-size', '4');
    const client = await ChatClient.open(await servedUrl(serving));
    const { end } = await client.ask('a long hello to everybody here', { options: { maxTokens: 4 } });
    cached.push(end.usage!.cachedTokens);
    await stop(serving);
    expect(serving.error()).toBe('');
  }
  expect(cached[0]).toBe(0);
  expect(cached[1]).toBeGreaterThanOrEqual(4);
  const modes = readdirSync(folder(), { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder(), name)))
    .map((file) => [file.isDirectory(), (file.mode & 0o777).toString(8)].join(' '));
  expect(modes.length).toBeGreaterThan(8); // the database, its lock, blocks and their folders
  if (process.platform !== 'win32') expect(new Set(modes)).toEqual(new Set(['true 700', 'false 600']));
});

test('closed pipes of standard output and standard error do not end the server', async () => {
  const serving = serve('--port', '0', '--log-json');
  const url = await servedUrl(serving);
  serving.child.stdout!.destroy();
  serving.child.stderr!.destroy();
  for (let i = 0; i < 5; i++) expect((await fetch(`${url}/v1/models`)).status).toBe(200);
  await stop(serving);
});

test('a relative XDG_DATA_HOME is ignored, and the error for an unusable data folder names --data-dir', async () => {
  const file = join(folder(), '.local');
  writeFileSync(file, '');
  const serving = serveWith({ XDG_DATA_HOME: 'relative', HOME: folder() }, '--port', '0');
  await expectExit(serving, 1);
  const data = join(file, 'share', 'quire');
  expect(serving.error()).toBe(
    `storage_failed: the data folder ${data} cannot be used (ENOTDIR); ` +
      'choose another folder with --data-dir (dataDir), or correct its permissions\n',
  );
});

test('a key file is read at the start and at SIGHUP; the secret of the key ids is private', async () => {
  const file = join(folder(), 'keys');
  const data = join(folder(), 'data');
  writeFileSync(file, '# of ada\nfirst-key name=ada rpm=60\n', { mode: 0o644 });
  const serving = serve('--port', '0', '--api-key-file', file, '--data-dir', data, '--max-sockets', '1');
  const url = await servedUrl(serving);
  expect(serving.error()).toMatch(/^file_not_private: .*keys.*chmod 600/m);
  const status = (key: string): Promise<number> => statusWith(url, key);
  expect([await status('first-key'), await status('second-key')]).toEqual([200, 401]);
  expect(statSync(join(data, 'key-secret')).mode & 0o777).toBe(0o600);
  const client = await ChatClient.open(url, { key: 'first-key' });
  await expect(ChatClient.open(url, { key: 'first-key' })).rejects.toThrow('429');
  await client.close();
  writeFileSync(file, 'second-key name=ada nonsense\n');
  serving.child.kill('SIGHUP');
  await expect.poll(() => serving.error()).toMatch(/keys were not changed: bad_option: line 1/);
  expect(await status('first-key')).toBe(200);
  writeFileSync(file, 'second-key name=ada\n');
  serving.child.kill('SIGHUP');
  await expect.poll(() => serving.error()).toMatch(/was reloaded: 1 keys/);
  expect([await status('first-key'), await status('second-key')]).toEqual([401, 200]);
  await stop(serving);
});

test.skipIf(process.platform === 'win32')(
  'after two SIGHUPs the keys of the last one are in use, even when the first read takes longer',
  async () => {
    const [file, slow] = [join(folder(), 'keys'), join(folder(), 'slow')];
    writeFileSync(file, 'first-key\n', { mode: 0o600 });
    const serving = serve('--port', '0', '--api-key-file', file, '--data-dir', join(folder(), 'data'));
    const url = await servedUrl(serving);
    const status = (key: string): Promise<number> => statusWith(url, key);
    execFileSync('mkfifo', ['-m', '600', slow]); // reading it blocks until something is written
    rmSync(file);
    linkSync(slow, file);
    serving.child.kill('SIGHUP');
    const open = (): number => openSync(slow, constants.O_WRONLY | constants.O_NONBLOCK); // fails until a reader opens it
    const pipe = await vi.waitFor(open, { timeout: 10_000 });
    const draft = join(folder(), 'draft');
    writeFileSync(draft, 'third-key\n', { mode: 0o600 });
    renameSync(draft, file);
    serving.child.kill('SIGHUP');
    await sleep(100);
    writeSync(pipe, 'second-key\n');
    closeSync(pipe);
    await expect
      .poll(() => serving.error().match(/was reloaded: 1 keys/g)?.length, { timeout: 10_000 })
      .toBe(2);
    expect([await status('second-key'), await status('third-key')]).toEqual([401, 200]);
    await stop(serving);
  },
);

test.each([
  [['--host', '0.0.0.0', '--api-key', 'a'], /fewer than 16 characters.*openssl/],
  [['--allow-origin', 'https://chat.example/app'], /is not an origin/],
  [['--key-rpm', '3'], /limits for API keys need/],
  [['--key-rpm', '0', '--api-key', 'x'], /whole number of at least 1/],
  [['--api-key-file', '/no/such/file'], /cannot read the key file/],
])('%j is refused before the model is loaded', async (args, what) => {
  const serving = serve('--port', '0', ...args);
  expect((await serving.ended).code).toBeGreaterThan(0);
  expect(serving.error()).toMatch(what);
  expect(serving.output()).toBe('');
});

test('several models are served by name, although one of them fails to load', async () => {
  const broken = './a=b.gguf';
  const serving = serve('--port', '0', '--model', `tiny=${TINY_MODEL}`, '--model', broken);
  const url = await servedUrl(serving);
  expect(serving.output()).toContain('(tiny, Ctrl-C stops it)');
  await expect.poll(() => serving.error()).toMatch(/^a=b is not served: \w+: /m);
  const answer = await fetch(`${url}/v1/models`);
  const { data } = (await answer.json()) as { data: { id: string; status: string }[] };
  expect(data.map(({ id, status }) => [id, status])).toEqual([
    ['tiny', 'ready'],
    ['a=b', 'failed'],
  ]);
  await stop(serving);
  const twice = serve('--port', '0', '--model', `tiny=${TINY_MODEL}`, '--model', `tiny=${TINY_MODEL}`);
  await expectExit(twice, 2);
  expect(twice.error()).toMatch(/^bad_option: two models are called tiny; /);
});

test('a model without a chat template is served for completions with a warning', async () => {
  const serving = serve('--port', '0', '--model', fixture('tiny-gpt2'));
  const url = await servedUrl(serving);
  const body = { prompt: 'Once upon a time', max_tokens: 3 };
  const answer = await postJson(`${url}/v1/completions`, body);
  expect(answer.status).toBe(200);
  expect(serving.error()).toMatch(/^no_chat_template: .*\/v1\/completions/m);
  await stop(serving);
});

test('a port in use is one error line and exit code 1', async () => {
  const url = await servedUrl(serve('--port', '0'));
  const second = serve('--port', new URL(url).port);
  await expectExit(second, 1);
  const lines = second.error().trim().split('\n');
  expect(lines.at(-1)).toMatch(/port_in_use: port \d+ on 127\.0\.0\.1 is in use; .*--port/);
  expect(second.output()).toBe('');
});

test('API keys come from the command line and the environment, and requests are logged', async () => {
  const serving = serveWith(
    { QUIRE_API_KEY: 'from-env' },
    '--port',
    '0',
    '--api-key',
    'from-line',
    '--log-json',
  );
  const url = await servedUrl(serving);
  const status = (key: string): Promise<number> => statusWith(url, key);
  expect(await Promise.all(['from-env', 'from-line', 'other'].map(status))).toEqual([200, 200, 401]);
  const request = { model: TINY_MODEL, messages: [{ role: 'user', content: 'hello' }], max_tokens: 1 };
  const answer = await postJson(`${url}/v1/chat/completions`, request, bearer('from-env'));
  expect(answer.status).toBe(200);
  await stop(serving);
  const lines = serving.error().trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { status: number }).status).sort()).toEqual([
    200, 200, 200, 401,
  ]);
});
