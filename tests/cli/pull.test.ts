// Tests `quire pull` and models of a hub on the command line, with processes that are killed, that are interrupted, or that run at
// the same time. The hub is a local server.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { blobName, FakeHub } from '../support/hub/fake-hub.ts';
import { respondWith, sendCorrupted, sendSlowly, stallAfter } from '../support/hub/hub-faults.ts';
import { distinctBytes } from '../support/hub/hub-fixture.ts';
import { buildQuire, expectErrorLine, type QuireProcess, startQuire } from '../support/quire-process.ts';
import { temporaryFolderForEachTest } from '../support/temporary-folder.ts';

const LLAMA = fixture('tiny-llama-q8_0.gguf');
const FILE = 'tiny-Q8_0.gguf';
const REPO = 'owner/tiny';

let hub: FakeHub;
const folder = temporaryFolderForEachTest('pull');
beforeAll(buildQuire, 180_000);
beforeEach(async () => {
  hub = await FakeHub.start();
});
afterEach(() => hub.stop());

function start(args: readonly string[], variables = {}, wrapper: readonly string[] = []): QuireProcess {
  const emptyVariables = { HF_TOKEN: '', HF_HUB_CACHE: '', HUGGINGFACE_HUB_CACHE: '', HF_HUB_OFFLINE: '' };
  const env = { ...emptyVariables, HF_HOME: folder(), HF_ENDPOINT: hub.url, ...variables };
  return startQuire(args, { env, wrapper });
}

const runQuire = (...args: string[]) => start(args).ended;
const startPull = (reference = `hf:${REPO}`) => start(['pull', reference]);

const cachePath = (...parts: string[]): string => join(folder(), 'hub', 'models--owner--tiny', ...parts);

/** Waits until the partial download of `bytes` has `size` bytes. */
async function waitForPartialSize(bytes: Uint8Array, size: number): Promise<void> {
  const path = cachePath('blobs', `${blobName(FILE, bytes)}.incomplete`);
  const currentSize = (): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  await expect.poll(currentSize, { timeout: 30_000, interval: 20 }).toBe(size);
}

describe('quire pull', () => {
  test('prints only the path, and prints the path again without a connection to the hub', async () => {
    const commit = hub.add(REPO, { [FILE]: readFileSync(LLAMA) });
    const expected = { code: 0, output: `${cachePath('snapshots', commit, FILE)}\n`, error: '' };
    expect(await startPull().ended).toEqual(expected);
    await hub.stop();
    expect(await startPull().ended).toEqual(expected);
    expect(await runQuire('pull', '--offline', `hf:${REPO}:Q8_0`)).toEqual(expected);
  });

  test('resumes a download after the process was killed', async () => {
    const bytes = distinctBytes(400_000);
    hub.add(REPO, { [FILE]: bytes });
    hub.failNext(FILE, stallAfter(150_000));
    const first = startPull();
    await waitForPartialSize(bytes, 150_000);
    first.child.kill('SIGKILL');
    await first.ended;
    const { code, output } = await startPull().ended;
    expect(code).toBe(0);
    expect(Buffer.compare(readFileSync(output.trim()), bytes)).toBe(0);
    expect(hub.rangesOf(FILE)).toEqual([undefined, 'bytes=150000-']);
  });

  test('prints one line and exits with 130 after Ctrl-C, and later resumes the download', async () => {
    const bytes = distinctBytes(400_000);
    hub.add(REPO, { [FILE]: bytes });
    hub.failNext(FILE, stallAfter(150_000));
    const first = startPull();
    await waitForPartialSize(bytes, 150_000);
    first.child.kill('SIGINT');
    expect(await first.ended).toEqual({
      code: 130,
      output: '',
      error: expect.stringMatching(/^stopped; [^\n]+\n$/),
    });
    expect((await startPull().ended).code).toBe(0);
    expect(hub.rangesOf(FILE)).toEqual([undefined, 'bytes=150000-']);
  });

  test('fails with disk_full when the disk is full, and later resumes the download', async () => {
    const bytes = distinctBytes(400_000);
    hub.add(REPO, { [FILE]: bytes });
    const limited = start(['pull', `hf:${REPO}`], {}, ['sh', '-c', 'ulimit -f 200; exec "$0" "$@"']);
    const { code, error } = await limited.ended;
    expect(error).toMatch(/^disk_full: .*resumes the download\n$/);
    expect(code).toBe(1);
    expect((await startPull().ended).code).toBe(0);
    const [, range] = hub.rangesOf(FILE);
    expect(Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1])).toBeGreaterThan(50_000);
  });

  test('two processes at the same time download the file once, without damage', async () => {
    const bytes = distinctBytes(400_000);
    hub.add(REPO, { [FILE]: bytes });
    hub.failAlways(FILE, sendSlowly(20_000, 40));
    const [first, second] = await Promise.all([startPull().ended, startPull().ended]);
    expect(first).toEqual(second);
    expect(first.code).toBe(0);
    expect(Buffer.compare(readFileSync(first.output.trim()), bytes)).toBe(0);
    expect(hub.rangesOf(FILE)).toEqual([undefined]);
  });
});

describe('a model of a hub', () => {
  test('can be run, inspected and tokenized by its reference', async () => {
    hub.add(REPO, { [FILE]: readFileSync(LLAMA) });
    const args = (model: string): string[] => ['--model', model, '--raw', '--temperature', '0'];
    const run = (model: string) =>
      runQuire('run', ...args(model), '--prompt', 'abc', '--max-tokens', '4', '--offline');
    expect((await run(`hf:${REPO}`)).error).toMatch(/^offline: /);
    expect(await runQuire('inspect', `hf:${REPO}`)).toMatchObject({ code: 0, error: '' });
    await hub.stop();
    expect(await run(`hf:${REPO}`)).toEqual(await run(LLAMA));
    const tokenize = (model: string) => runQuire('tokenize', '--model', model, '--json', '--offline', 'abc');
    expect(await tokenize(`hf:${REPO}`)).toEqual(await tokenize(LLAMA));
  });

  test('that is a checkpoint is named after its repository', async () => {
    const files = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
    hub.add(
      REPO,
      Object.fromEntries(files.map((file) => [file, readFileSync(join(fixture('tiny-llama'), file))])),
    );
    const { output } = await runQuire('inspect', '--json', `hf:${REPO}`);
    expect((JSON.parse(output) as { config: { name: string } }).config.name).toBe(REPO);
  });
});

describe('quire prints one error line and exits with an error code for', () => {
  test.each<[string, 1 | 2, RegExp, () => void, string[]]>([
    ['a name that is not a reference', 2, /^bad_option: .*hf:owner\/repo/, () => {}, ['pull', 'owner/tiny']],
    ['an incomplete reference', 2, /^bad_option: /, () => {}, ['run', '--model', 'hf:tiny', '--prompt', 'x']],
    [
      '--offline with --refresh',
      2,
      /^bad_option: .*--offline/,
      () => {},
      ['pull', `hf:${REPO}`, '--offline', '--refresh'],
    ],
    [
      'a model that is not in the cache',
      1,
      /^offline: .*quire pull/,
      () => {},
      ['pull', `hf:${REPO}`, '--offline'],
    ],
    ['an unknown model', 1, /^model_not_found: /, () => {}, ['pull', `hf:${REPO}`]],
    [
      'a model without access',
      1,
      /^access_denied: .*HF_TOKEN/,
      () => hub.failAlways('/revision/main', respondWith(401)),
      ['inspect', `hf:${REPO}`],
    ],
    [
      'several models',
      1,
      /^ambiguous_model: .*"a\.gguf", "b\.gguf"; .*hf:owner\/tiny:a\.gguf/,
      () => hub.add(REPO, { 'a.gguf': 'a', 'b.gguf': 'b' }),
      ['pull', `hf:${REPO}`],
    ],
    [
      'a damaged download',
      1,
      /^checksum_mismatch: /,
      () => {
        hub.add(REPO, { [FILE]: 'bytes' });
        hub.failAlways(FILE, sendCorrupted);
      },
      ['pull', `hf:${REPO}`],
    ],
    [
      'a file name outside the folder',
      1,
      /^unsafe_path: /,
      () => hub.add(REPO, { '../../evil.gguf': 'evil' }),
      ['run', '--model', `hf:${REPO}`, '--prompt', 'x'],
    ],
  ])('%s', async (_name, exitCode, line, prepare, args) => {
    prepare();
    await expectErrorLine(runQuire(...args), exitCode, line);
  });

  test('an invalid access token, which the error line does not contain', async () => {
    const { code, error } = await start(['pull', `hf:${REPO}`], { HF_TOKEN: 'hf_a b' }).ended;
    expect(code).toBe(2);
    expect(error).toMatch(/^bad_option: (?!.*hf_a).*token/);
  });
});
