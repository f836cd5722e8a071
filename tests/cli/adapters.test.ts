// `quire run` and `quire chat` with LoRA adapters.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { buildQuire, runQuire } from '../support/quire-process.ts';
import { temporaryFolderForEachTest } from '../support/temporary-folder.ts';

const plain = fixture(join('adapters', 'plain'));
const run = (...args: readonly string[]) =>
  runQuire([
    ...['run', '--model', fixture('tiny-qwen2'), '--prompt', 'hello', '--raw', '--temperature', '0'],
    ...['--repetition-penalty', '1', '--max-tokens', '8', ...args],
  ]);

const folder = temporaryFolderForEachTest('cli-adapters');

/** Returns the folder of a copy of the adapter that names another base model. */
function copyOfPlain(base: string): string {
  const copy = join(folder(), 'my-lora');
  cpSync(plain, copy, { recursive: true });
  const config = readFileSync(join(plain, 'adapter_config.json'), 'utf8');
  writeFileSync(join(copy, 'adapter_config.json'), config.replace('"tiny"', JSON.stringify(base)));
  return copy;
}

beforeAll(async () => {
  await buildQuire();
}, 180_000);

test('quire run answers with an adapter only if --use-adapter names it', async () => {
  const without = await run();
  expect(without.code).toBe(0);
  expect(await run('--adapter', `tuned=${plain}`)).toEqual(without);
  const adapted = await run('--adapter', `tuned=${plain}`, '--use-adapter', 'tuned');
  expect(adapted.code).toBe(0);
  expect(adapted.output).not.toBe(without.output);
});

test.each([
  [
    ['--use-adapter', 'tuned'],
    /^bad_option: --use-adapter tuned names no adapter; add --adapter tuned=PATH\n$/,
    2,
  ],
  [['--adapter', plain], /Use NAME=PATH/, 2],
  [['--adapter', `a=${plain}`, '--adapter', `a=${plain}`], /Two adapters are called a/, 2],
  [['--adapter', `a=${fixture('adapters')}`], /^bad_adapter: [^\n]+\n$/, 1],
  [
    ['--adapter', `a=${fixture(join('adapters', 'gpt2'))}`],
    /^bad_adapter: [^\n]+no linear layer transformer\.h\.0\.attn\.c_attn[^\n]+\n$/,
    1,
  ],
])('quire run %j fails', async (args, message, code) => {
  const result = await run(...args);
  expect(result.error).toMatch(message);
  expect({ code: result.code, output: result.output }).toEqual({ code, output: '' });
});

test('an adapter that is given as a model answers as its base model with the adapter', async () => {
  const model = copyOfPlain(fixture('tiny-qwen2'));
  const expected = await run('--adapter', `tuned=${plain}`, '--use-adapter', 'tuned');
  const args = ['--raw', '--temperature', '0', '--repetition-penalty', '1', '--max-tokens', '8'];
  const result = await runQuire(['run', '--model', model, '--prompt', 'hello', ...args]);
  expect(result.output).toBe(expected.output);
  expect(result.error).toBe(`${model} is a LoRA adapter, its base model is ${fixture('tiny-qwen2')}\n`);
  const tokens = await runQuire(['tokenize', '--model', model, '--json', 'hello']);
  expect(tokens.output).toBe(
    (await runQuire(['tokenize', '--model', fixture('tiny-qwen2'), '--json', 'hello'])).output,
  );
});

test('quire chat says once which base model an adapter has', async () => {
  const model = copyOfPlain(fixture('tiny-qwen2'));
  const { code, error } = await runQuire(['chat', '--model', model, '--max-tokens', '4'], { input: 'hi\n' });
  expect(code).toBe(0);
  expect(error.match(/is a LoRA adapter/g)).toHaveLength(1);
  expect(error).toContain('tiny-qwen2:my-lora, cache paged');
});

test('an adapter that is given as a model and whose base model does not exist is rejected', async () => {
  const { code, error } = await runQuire(['run', '--model', plain, '--prompt', 'hello']);
  expect(error).toMatch(
    /^bad_adapter: [^\n]+ is a LoRA adapter, and its base model "tiny" is neither an existing path nor owner\/repo on the hub; give the base model yourself: --model BASE --adapter NAME=PATH/,
  );
  expect(code).toBe(1);
});
