// Tests the command line as scripts use it: each test runs `quire` as a process and checks standard output, the line on standard
// error and the exit code. The models are the fixtures of the golden tests and the embedded model.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { GenerationResult } from '../../src/completion/generation.ts';
import { fixture, ROOT } from '../support/fixtures.ts';
import { buildQuire, expectErrorLine, runQuire, startQuire } from '../support/quire-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const LLAMA = fixture('tiny-llama-q8_0.gguf');
const QUESTION = 'What is the highest mountain in the world?';

const runJson = (...args: string[]): Promise<GenerationResult> => runJsonWith({}, ...args);

async function runJsonWith(
  env: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<GenerationResult> {
  const { code, output, error } = await runQuire(['run', '--json', ...args], { env });
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(output.trimEnd()).not.toContain('\n');
  return JSON.parse(output) as GenerationResult;
}

const folder = temporaryFolder('cli');
beforeAll(buildQuire, 180_000);

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await runQuire(['--version'])).toMatchObject({ code: 0, output: `${version}\n`, error: '' });
});

describe('quire without a command', () => {
  test('prints the help and exits with 2 outside of a terminal', async () => {
    const { code, error } = await runQuire([]);
    expect(code).toBe(2);
    expect(error).toContain('Usage: quire');
  });

  test('chats in a terminal', async () => {
    const command = `'${process.execPath}' '${join(ROOT, 'bin/quire.js')}'`;
    const terminal = spawn('/bin/sh', ['-c', `exec script -qefc "${command}" /dev/null`]);
    let output = '';
    const hasAnswered = new Promise<void>((resolve) => {
      terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('Everest')) resolve();
      });
      terminal.on('close', () => resolve());
    });
    terminal.stdin.write(`${QUESTION}\n`);
    await hasAnswered;
    terminal.kill();
    expect(output).toContain('Everest');
  });
});

describe('quire run --json', () => {
  test('generates the same tokens with each cache policy, and counts the computed tokens', async () => {
    const args = ['--model', 'embedded', '--prompt', QUESTION, '--temperature', '0', '--max-tokens', '24'];
    const [none, contiguous, paged] = [
      await runJson(...args, '--cache', 'none'),
      await runJson(...args, '--cache', 'contiguous'),
      await runJson(...args, '--cache', 'paged'),
    ] as const;
    expect(contiguous.tokens).toEqual(none.tokens);
    expect(paged.tokens).toEqual(none.tokens);
    expect(none.generatedTokens).toBe(none.tokens.length);
    const { promptTokens, generatedTokens } = none;
    const lengths = Array.from({ length: generatedTokens }, (_, i) => promptTokens + i);
    expect(none.computedTokens).toBe(lengths.reduce((sum, length) => sum + length, 0));
    for (const cached of [contiguous, paged]) {
      expect(cached.computedTokens).toBe(promptTokens + generatedTokens - 1);
      expect(cached.cachedTokens).toBe(0);
    }
  });

  test('repeats an answer if the seed is the same, even with another cache policy and block size', async () => {
    const args = ['--model', LLAMA, '--raw', '--prompt', 'abc', '--temperature', '1', '--max-tokens', '12'];
    const first = await runJson(...args);
    const again = await runJson(
      ...args,
      '--seed',
      String(first.seed),
      '--cache',
      'none',
      '--block-size',
      '3',
    );
    expect(again.tokens).toEqual(first.tokens);
  });

  test('finds the keys and values that an earlier run stored on disk', async () => {
    const args = ['--model', LLAMA, '--raw', '--prompt', 'a'.repeat(60), '--temperature', '0'];
    const diskArgs = ['--max-tokens', '4', '--kv-disk', '64MiB'];
    const environment = { XDG_DATA_HOME: join(folder, 'data') };
    const first = await runJsonWith(environment, ...args, ...diskArgs);
    const second = await runJsonWith(environment, ...args, ...diskArgs);
    expect(first.cache.diskTokens).toBe(0);
    expect(second.cache.diskTokens).toBeGreaterThanOrEqual(16);
    expect(second.tokens).toEqual(first.tokens);
    expect(existsSync(join(folder, 'data/quire/kv'))).toBe(true);
  });

  test('reports log-probabilities and applies sampling options', async () => {
    const args = ['--model', LLAMA, '--raw', '--prompt', 'abc', '--temperature', '0', '--max-tokens', '3'];
    const { tokens, logprobs } = await runJson(...args, '--logprobs', '2');
    expect(logprobs!.map(({ token, top }) => [token, top.length])).toEqual(tokens.map((token) => [token, 2]));
    const biased = await runJson(
      ...args,
      '--logit-bias',
      '50=100',
      '--logit-bias',
      '51=-100',
      '--min-tokens',
      '3',
    );
    expect(biased.tokens).toEqual([50, 50, 50]);
    const withoutWord = await runJson(
      ...args,
      '--logit-bias',
      '50=100',
      '--bad-word',
      biased.text.slice(0, 1),
    );
    expect(withoutWord.tokens).not.toContain(50);
  });

  test('quire run reads the prompt from standard input, and without --json prints only the text', async () => {
    const args = ['run', '--model', LLAMA, '--raw', '--temperature', '0', '--max-tokens', '5', '--prompt'];
    const [fromArgument, fromInput] = [
      await runQuire([...args, 'abc']),
      await runQuire([...args, '-'], { input: 'abc' }),
    ];
    expect(fromArgument).toMatchObject({ code: 0, error: '' });
    expect(fromInput).toEqual(fromArgument);
  });
});

describe('quire prints one error line and exits with an error code for', () => {
  const run = (...args: string[]): string[] => ['run', '--model', LLAMA, '--raw', '--prompt', 'abc', ...args];

  const expectFailure = (args: readonly string[], exitCode: 1 | 2, line: RegExp): Promise<void> =>
    expectErrorLine(runQuire(args), exitCode, line);

  function writeFile(name: string, bytes: Uint8Array): string {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  }

  test.each<[string, 1 | 2, RegExp, string[]]>([
    ['an unknown option', 2, /^unknown_option: .*--max-token\b.*--max-tokens\?/, run('--max-token', '5')],
    ['an unknown command', 2, /^unknown_option: .*rum.*run\?/, ['rum']],
    ['a command named like an object property', 2, /^unknown_option: .*'constructor'/, ['constructor']],
    ['a negative --max-tokens', 2, /^bad_option: maxTokens is -2/, run('--max-tokens', '-2')],
    ['a --top-p above 1', 2, /^bad_option: topP is 2/, run('--top-p', '2')],
    ['a --min-p above 1', 2, /^bad_option: minP is 2/, run('--min-p', '2')],
    [
      'a --presence-penalty below -2',
      2,
      /^bad_option: presencePenalty is -3/,
      run('--presence-penalty', '-3'),
    ],
    ['a --logit-bias without a value', 2, /^bad_option: .*--logit-bias.*ID=VALUE/, run('--logit-bias', '5')],
    [
      'a --logit-bias beyond the vocabulary',
      2,
      /^bad_option: logitBias.*9999/,
      run('--logit-bias', '9999=1'),
    ],
    ['--logprobs without --json', 2, /^bad_option: --logprobs.*--json/, run('--logprobs', '1')],
    [
      'a --context longer than the model supports',
      2,
      /^bad_option: context is 9999999/,
      run('--context', '9999999'),
    ],
    [
      '--kv-disk without a cache',
      2,
      /^bad_option: the cache none/,
      run('--cache', 'none', '--kv-disk', '1GiB'),
    ],
    ['too little --kv-memory', 1, /^kv_memory_too_small: 1024 bytes/, run('--kv-memory', '1KiB')],
    [
      'a public address without a key',
      2,
      /^bad_option: 0\.0\.0\.0 .*--api-key/,
      ['serve', '--model', LLAMA, '--host', '0.0.0.0'],
    ],
    [
      '--log-texts without --log-json',
      2,
      /^bad_option: .*--log-json/,
      ['serve', '--model', LLAMA, '--log-texts'],
    ],
    ['a port out of range', 2, /^bad_option: .*port.*70000/, ['serve', '--model', LLAMA, '--port', '70000']],
  ])('%s', async (_name, exitCode, line, args) => {
    await expectFailure(args, exitCode, line);
  });

  test('a missing file', async () => {
    await expectFailure(['inspect', join(folder, 'none.gguf')], 1, /^file_not_found: .*none\.gguf/);
  });

  test('a GGUF file that is truncated in its header or in its weights', async () => {
    const contents = readFileSync(LLAMA);
    for (const bytes of [20, 2000, contents.length - 100]) {
      const path = writeFile(`truncated-${bytes}.gguf`, contents.subarray(0, bytes));
      await expectFailure(['run', '--model', path, '--prompt', 'x'], 1, /^(bad_gguf|file_unreadable): /);
    }
  });

  test('a header that claims 2^62 tensors', async () => {
    const bytes = Uint8Array.from(readFileSync(LLAMA));
    new DataView(bytes.buffer).setBigUint64(8, 2n ** 62n, true);
    await expectFailure(['inspect', writeFile('tensors.gguf', bytes)], 1, /^bad_gguf: /);
  });

  test('a header that claims 2^31 layers', async () => {
    const bytes = Buffer.from(readFileSync(LLAMA));
    const key = 'llama.block_count';
    bytes.writeUInt32LE(2 ** 31 - 1, bytes.indexOf(key) + key.length + 4);
    const line = /^unsupported_config: .*block_count = 2147483647, but its tensors allow at most \d+/;
    await expectFailure(['inspect', writeFile('layers.gguf', bytes)], 1, line);
  });

  test('a file of another format', async () => {
    const path = writeFile('text.gguf', Buffer.from('this is not a model, but a text of some length'));
    await expectFailure(['inspect', path], 1, /^(bad_gguf|unknown_format): /);
  });

  test('a prompt that exceeds the context, with the number of tokens and the limit', async () => {
    const prompt = 'word '.repeat(2000);
    await expectFailure(
      ['run', '--model', LLAMA, '--raw', '--prompt', prompt],
      1,
      /^context_length_exceeded: .*\b\d{3,} tokens.*has \d+/,
    );
  });

  test('a port in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expectFailure(['serve', '--model', LLAMA, '--port', String(port)], 1, /^port_in_use: /);
    await new Promise((resolve) => server.close(resolve));
  });
});

test('quire inspect lists the recommended sampling options, and recommendations that are out of range', async () => {
  const model = join(folder, 'recommendations');
  cpSync(fixture('tiny-qwen3'), model, { recursive: true });
  writeFileSync(join(model, 'generation_config.json'), '{"repetition_penalty": 0, "top_p": 0.9}');
  const { output, error, code } = await runQuire(['inspect', model]);
  expect({ error, code }).toEqual({ error: '', code: 0 });
  expect(output).toMatch(/^sampling +top-p 0\.9$/m);
  expect(output).toMatch(/^ignored +repetition_penalty is 0, but must be a number from 0\.01 to 10$/m);
});

describe('the option --backend', () => {
  test('selects a backend, which rejects options of other backends', async () => {
    const args = ['--prompt', QUESTION, '--temperature', '0', '--max-tokens', '20'];
    expect((await runJson(...args, '--backend', 'reference')).backend).toBe('reference');
    const { code, error } = await runQuire(['run', ...args, '--backend', 'reference', '--threads', '2']);
    expect({ code, error }).toEqual({
      code: 2,
      error: 'bad_option: threads is 2; the reference backend has one thread and no instruction sets\n',
    });
  });

  test.each(['f32', 'f16', 'bf16', 'int8'])(
    'both backends generate the same answer with keys and values in %s',
    async (dtype) => {
      const args = ['--prompt', QUESTION, '--temperature', '0', '--max-tokens', '20', '--kv-dtype', dtype];
      for (const backend of ['reference', 'native']) {
        const { text } = await runJson(...args, '--backend', backend);
        expect(text).toBe('The highest mountain in the world is Mount Everest.');
      }
    },
  );
});

test('quire run prints what was generated and exits with 130 after Ctrl-C', async () => {
  const args = ['run', '--raw', '--prompt', 'a', '--backend', 'reference'];
  const { child, ended } = startQuire([...args, '--min-tokens', '900', '--max-tokens', '900']);
  await once(child.stdout!, 'data');
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 130, error: '' });
});

test('quire synth leaves no file and exits with 130 after Ctrl-C', async () => {
  const models = join(folder, 'interrupted');
  mkdirSync(models);
  const args = ['synth', '--like', 'Qwen2.5-1.5B', '--quant', 'F32', '--out', join(models, 'x.gguf')];
  const { child, ended } = startQuire(args);
  await expect.poll(() => readdirSync(models), { timeout: 30_000, interval: 20 }).toEqual(['x.gguf.part']);
  child.kill('SIGINT');
  expect(await ended).toEqual({ code: 130, output: '', error: '' });
  expect(readdirSync(models)).toEqual([]);
});
