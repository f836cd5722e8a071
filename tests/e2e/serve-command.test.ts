// `quire serve` as people start it: its own process, ready when it says so, gone after Ctrl-C.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
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
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { ChatClient } from '../support/server/chat-client.ts';

const QUIRE = fileURLToPath(new URL('../../bin/quire.js', import.meta.url));
const TINY_MODEL = fileURLToPath(new URL('../golden/fixtures/tiny-llama', import.meta.url));

const children = new Set<ChildProcess>();

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

interface Serving {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  /** what it wrote so far */
  output(): string;
  errors(): string;
}

function serve(...args: readonly string[]): Serving {
  return serveWith({}, ...args);
}

function serveWith(env: NodeJS.ProcessEnv, ...args: readonly string[]): Serving {
  const model = args.includes('--model') ? [] : ['--model', TINY_MODEL];
  const child = spawn(process.execPath, [QUIRE, 'serve', ...model, ...args], {
    env: { ...process.env, XDG_DATA_HOME: mkdtempSync(join(process.env.XDG_DATA_HOME!, 'home-')), ...env },
  });
  children.add(child);
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => {
    output += String(data);
  });
  child.stderr.on('data', (data) => {
    errors += String(data);
  });
  const exit = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  return { child, exit, output: () => output, errors: () => errors };
}

async function urlOf(serving: Serving): Promise<string> {
  const find = (): string | undefined => /http:\/\/\S+/.exec(serving.output())?.[0];
  await expect.poll(find, { timeout: 60_000 }).toBeDefined();
  return find()!;
}

test('serve says where it listens, answers there, and Ctrl-C ends it', async () => {
  const serving = serve('--port', '0');
  const url = await urlOf(serving);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  const client = await ChatClient.open(url);
  const { end } = await client.ask('hello', { options: { maxTokens: 4 } });
  expect(end.usage?.generatedTokens).toBeLessThanOrEqual(4);
  serving.child.kill('SIGINT');
  expect(await serving.exit).toBe(0);
  expect((await client.closed).code).toBe(1001);
});

test('serve --kv-disk keeps what was computed in the data folder, and finds it when it starts again', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'quire-serve-'));
  const folder = join(parent, 'data');
  const umask = process.umask(0); // the servers have it too
  onTestFinished(() => {
    process.umask(umask);
  });
  const computed: number[] = [];
  for (let i = 0; i < 2; i++) {
    const serving = serve('--port', '0', '--kv-disk', '64MiB', '--data-dir', folder, '--block-size', '4');
    const client = await ChatClient.open(await urlOf(serving));
    const { end } = await client.ask('a long hello to everybody here', { options: { maxTokens: 4 } });
    computed.push(end.usage!.cachedTokens);
    serving.child.kill('SIGTERM');
    expect(await serving.exit).toBe(0);
    expect(serving.errors()).toBe('');
  }
  expect(computed[0]).toBe(0);
  expect(computed[1]).toBeGreaterThanOrEqual(4);
  const modes = readdirSync(parent, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(parent, name)))
    .map((file) => [file.isDirectory(), (file.mode & 0o777).toString(8)].join(' '));
  expect(modes.length).toBeGreaterThan(8); // the database, its lock, blocks and their folders
  if (process.platform !== 'win32') expect(new Set(modes)).toEqual(new Set(['true 700', 'false 600']));
  rmSync(parent, { recursive: true });
});

test('who reads the log, or the output, may go away', async () => {
  const serving = serve('--port', '0', '--log-json');
  const url = await urlOf(serving);
  serving.child.stdout!.destroy();
  serving.child.stderr!.destroy();
  for (let i = 0; i < 5; i++) expect((await fetch(`${url}/v1/models`)).status).toBe(200);
  serving.child.kill('SIGTERM');
  expect(await serving.exit).toBe(0);
});

test('a relative XDG_DATA_HOME is ignored, and a folder that cannot be had says which option names another', async () => {
  const home = mkdtempSync(join(tmpdir(), 'quire-home-'));
  const file = join(home, '.local');
  writeFileSync(file, '');
  const serving = serveWith({ XDG_DATA_HOME: 'relative', HOME: home }, '--port', '0');
  expect(await serving.exit).toBe(1);
  const folder = join(file, 'share', 'quire');
  expect(serving.errors()).toBe(
    `storage_failed: the data folder ${folder} cannot be used (ENOTDIR); ` +
      'choose another with --data-dir (dataDir), or correct its permissions\n',
  );
  rmSync(home, { recursive: true });
});

test('keys of a file are let in, and read again at SIGHUP; the secret of their ids is private', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quire-serve-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'keys');
  const data = join(folder, 'data');
  writeFileSync(file, '# of ada\nfirst-key name=ada rpm=60\n', { mode: 0o644 });
  const serving = serve('--port', '0', '--api-key-file', file, '--data-dir', data, '--max-sockets', '1');
  const url = await urlOf(serving);
  expect(serving.errors()).toMatch(/^file_not_private: .*keys.*chmod 600/m);
  const status = async (key: string): Promise<number> =>
    (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect([await status('first-key'), await status('second-key')]).toEqual([200, 401]);
  expect(statSync(join(data, 'key-secret')).mode & 0o777).toBe(0o600);
  const headers = { authorization: 'Bearer first-key' };
  const client = await ChatClient.open(url, undefined, { headers });
  await expect(ChatClient.open(url, undefined, { headers })).rejects.toThrow('429');
  await client.close();
  writeFileSync(file, 'second-key name=ada nonsense\n');
  serving.child.kill('SIGHUP');
  await expect.poll(() => serving.errors()).toMatch(/keys stay as they were: bad_option: line 1/);
  expect(await status('first-key')).toBe(200);
  writeFileSync(file, 'second-key name=ada\n');
  serving.child.kill('SIGHUP');
  await expect.poll(() => serving.errors()).toMatch(/was read: 1 keys/);
  expect([await status('first-key'), await status('second-key')]).toEqual([401, 200]);
  serving.child.kill('SIGTERM');
  expect(await serving.exit).toBe(0);
});

test.skipIf(process.platform === 'win32')(
  'of two SIGHUPs the last one holds, however long the first one reads',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quire-serve-keys-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [file, slow] = [join(folder, 'keys'), join(folder, 'slow')];
    writeFileSync(file, 'first-key\n', { mode: 0o600 });
    const serving = serve('--port', '0', '--api-key-file', file, '--data-dir', join(folder, 'data'));
    const url = await urlOf(serving);
    const status = async (key: string): Promise<number> =>
      (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status;
    execFileSync('mkfifo', ['-m', '600', slow]); // who reads it waits for who writes
    rmSync(file);
    linkSync(slow, file);
    serving.child.kill('SIGHUP');
    const open = (): number => openSync(slow, constants.O_WRONLY | constants.O_NONBLOCK); // fails while nobody reads
    const pipe = await vi.waitFor(open, { timeout: 10_000 });
    const draft = join(folder, 'draft');
    writeFileSync(draft, 'third-key\n', { mode: 0o600 });
    renameSync(draft, file);
    serving.child.kill('SIGHUP');
    await sleep(100);
    writeSync(pipe, 'second-key\n');
    closeSync(pipe);
    await expect.poll(() => serving.errors().match(/was read: 1 keys/g)?.length, { timeout: 10_000 }).toBe(2);
    expect([await status('second-key'), await status('third-key')]).toEqual([401, 200]);
    serving.child.kill('SIGTERM');
    expect(await serving.exit).toBe(0);
  },
);

test.each([
  [['--host', '0.0.0.0', '--api-key', 'a'], /fewer than 16 characters.*openssl/],
  [['--allow-origin', 'https://chat.example/app'], /is not an origin/],
  [['--key-rpm', '3'], /limits for keys, and no key/],
  [['--key-rpm', '0', '--api-key', 'x'], /from 1/],
  [['--api-key-file', '/no/such/file'], /key file .*cannot be read/],
])('%j is refused before a model is read', async (args, what) => {
  const serving = serve('--port', '0', ...args);
  expect(await serving.exit).toBeGreaterThan(0);
  expect(serving.errors()).toMatch(what);
  expect(serving.output()).toBe('');
});

test('several models are served by their names, and one that fails stops no other', async () => {
  const broken = './a=b.gguf';
  const serving = serve('--port', '0', '--model', `tiny=${TINY_MODEL}`, '--model', broken);
  const url = await urlOf(serving);
  expect(serving.output()).toContain('(tiny, Ctrl-C ends)');
  await expect.poll(() => serving.errors()).toMatch(/^a=b is not served: \w+: /m);
  const answer = await fetch(`${url}/v1/models`);
  const { data } = (await answer.json()) as { data: { id: string; status: string }[] };
  expect(data.map(({ id, status }) => [id, status])).toEqual([
    ['tiny', 'ready'],
    ['a=b', 'failed'],
  ]);
  serving.child.kill('SIGTERM');
  expect(await serving.exit).toBe(0);
  const twice = serve('--port', '0', '--model', `tiny=${TINY_MODEL}`, '--model', `tiny=${TINY_MODEL}`);
  expect(await twice.exit).toBe(2);
  expect(twice.errors()).toMatch(/^bad_option: two models are called tiny; /);
});

test('a model without a chat template is served for completions, and serve says so', async () => {
  const base = fileURLToPath(new URL('../golden/fixtures/tiny-gpt2', import.meta.url));
  const serving = serve('--port', '0', '--model', base);
  const url = await urlOf(serving);
  const answer = await fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'Once upon a time', max_tokens: 3 }),
  });
  expect(answer.status).toBe(200);
  expect(serving.errors()).toMatch(/^no_chat_template: .*\/v1\/completions/m);
  serving.child.kill('SIGTERM');
  expect(await serving.exit).toBe(0);
});

test('a port in use is one clear line and exit code 1', async () => {
  const url = await urlOf(serve('--port', '0'));
  const second = serve('--port', new URL(url).port);
  expect(await second.exit).toBe(1);
  const lines = second.errors().trim().split('\n');
  expect(lines.at(-1)).toMatch(/port_in_use: port \d+ on 127\.0\.0\.1 is in use; .*--port/);
  expect(second.output()).toBe('');
});

test('keys come from the command line and from the environment, and requests are logged', async () => {
  const serving = serveWith(
    { QUIRE_API_KEY: 'from-env' },
    '--port',
    '0',
    '--api-key',
    'from-line',
    '--log-json',
  );
  const url = await urlOf(serving);
  const status = async (key: string): Promise<number> =>
    (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect(await Promise.all(['from-env', 'from-line', 'other'].map(status))).toEqual([200, 200, 401]);
  const model = { model: TINY_MODEL, messages: [{ role: 'user', content: 'by its path' }], max_tokens: 1 };
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer from-env', 'content-type': 'application/json' },
    body: JSON.stringify(model),
  });
  expect(answer.status).toBe(200);
  serving.child.kill('SIGTERM');
  expect(await serving.exit).toBe(0);
  const lines = serving.errors().trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { status: number }).status).sort()).toEqual([
    200, 200, 200, 401,
  ]);
});
