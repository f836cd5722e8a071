// `quire pull` and models of a hub as scripts see them, with processes that are killed, interrupted, or that run at the same
// time. The hub is a local server.

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
  const unset = { HF_TOKEN: '', HF_HUB_CACHE: '', HUGGINGFACE_HUB_CACHE: '', HF_HUB_OFFLINE: '' };
  const env = { ...unset, HF_HOME: folder(), HF_ENDPOINT: hub.url, ...variables };
  return startQuire(args, { env, wrapper });
}

const quire = (...args: string[]) => start(args).ended;
const pull = (reference = `hf:${REPO}`) => start(['pull', reference]);

const cached = (...parts: string[]): string => join(folder(), 'hub', 'models--owner--tiny', ...parts);

async function partialReaches(bytes: Uint8Array, size: number): Promise<void> {
  const path = cached('blobs', `${blobName(FILE, bytes)}.incomplete`);
  const reached = (): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  await expect.poll(reached, { timeout: 30_000, interval: 20 }).toBe(size);
}

describe('pull', () => {
  test('prints only the path, and again without a connection to the hub', async () => {
    const commit = hub.add(REPO, { [FILE]: readFileSync(LLAMA) });
    const expected = { code: 0, output: `${cached('snapshots', commit, FILE)}\n`, error: '' };
    expect(await pull().ended).toEqual(expected);
    await hub.stop();
    expect(await pull().ended).toEqual(expected);
    expect(await quire('pull', '--offline', `hf:${REPO}:Q8_0`)).toEqual(expected);
  });

  test('resumes after it was killed', async () => {
    const bytes = distinctBytes(400_000);
    hub.add(REPO, { [FILE]: bytes });
    hub.failNext(FILE, stallAfter(150_000));
    const first = pull();
    await partialReaches(bytes, 150_000);
    first.child.kill('SIGKILL');
    await first.ended;
    const { code, output } = await pull().ended;
    expect(code).toBe(0);
    expect(Buffer.compare(readFileSync(output.trim()), bytes)).toBe(0);
    expect(hub.rangesOf(FILE)).toEqual([undefined, 'bytes=150000-']);
  });

  test('resumes after Ctrl-C, which gives one line and exit code 130', async () => {
    const bytes = distinctBytes(400_000);
    hub.add(REPO, { [FILE]: bytes });
    hub.failNext(FILE, stallAfter(150_000));
    const first = pull();
    await partialReaches(bytes, 150_000);
    first.child.kill('SIGINT');
    expect(await first.ended).toEqual({
      code: 130,
      output: '',
      error: expect.stringMatching(/^stopped; [^\n]+\n$/),
    });
    expect((await pull().ended).code).toBe(0);
    expect(hub.rangesOf(FILE)).toEqual([undefined, 'bytes=150000-']);
  });

  test('resumes after a full disk, which is the error disk_full', async () => {
    const bytes = distinctBytes(400_000);
    hub.add(REPO, { [FILE]: bytes });
    const limited = start(['pull', `hf:${REPO}`], {}, ['sh', '-c', 'ulimit -f 200; exec "$0" "$@"']);
    const { code, error } = await limited.ended;
    expect(error).toMatch(/^disk_full: .*resumes the download\n$/);
    expect(code).toBe(1);
    expect((await pull().ended).code).toBe(0);
    const [, range] = hub.rangesOf(FILE);
    expect(Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1])).toBeGreaterThan(50_000);
  });

  test('twice at the same time downloads the file once, without damage', async () => {
    const bytes = distinctBytes(400_000);
    hub.add(REPO, { [FILE]: bytes });
    hub.failAlways(FILE, sendSlowly(20_000, 40));
    const [one, two] = await Promise.all([pull().ended, pull().ended]);
    expect(one).toEqual(two);
    expect(one.code).toBe(0);
    expect(Buffer.compare(readFileSync(one.output.trim()), bytes)).toBe(0);
    expect(hub.rangesOf(FILE)).toEqual([undefined]);
  });
});

describe('a model of a hub', () => {
  test('can be run, inspected and tokenized by its reference', async () => {
    hub.add(REPO, { [FILE]: readFileSync(LLAMA) });
    const args = (model: string): string[] => ['--model', model, '--raw', '--temperature', '0'];
    const run = (model: string) =>
      quire('run', ...args(model), '--prompt', 'abc', '--max-tokens', '4', '--offline');
    expect((await run(`hf:${REPO}`)).error).toMatch(/^offline: /);
    expect(await quire('inspect', `hf:${REPO}`)).toMatchObject({ code: 0, error: '' });
    await hub.stop();
    expect(await run(`hf:${REPO}`)).toEqual(await run(LLAMA));
    const tokenize = (model: string) => quire('tokenize', '--model', model, '--json', '--offline', 'abc');
    expect(await tokenize(`hf:${REPO}`)).toEqual(await tokenize(LLAMA));
  });

  test('that is a checkpoint has the name of its repository', async () => {
    const files = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
    hub.add(
      REPO,
      Object.fromEntries(files.map((file) => [file, readFileSync(join(fixture('tiny-llama'), file))])),
    );
    const { output } = await quire('inspect', '--json', `hf:${REPO}`);
    expect((JSON.parse(output) as { config: { name: string } }).config.name).toBe(REPO);
  });
});

describe('the command ends with one error line for', () => {
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
    await expectErrorLine(quire(...args), exitCode, line);
  });

  test('an invalid token, which the line does not contain', async () => {
    const { code, error } = await start(['pull', `hf:${REPO}`], { HF_TOKEN: 'hf_a b' }).ended;
    expect(code).toBe(2);
    expect(error).toMatch(/^bad_option: (?!.*hf_a).*token/);
  });
});
