// `quire run` and `quire chat` with LoRA adapters.

import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { buildQuire, runQuire } from '../support/quire-process.ts';

const plain = fixture(join('adapters', 'plain'));
const run = (...args: readonly string[]) =>
  runQuire([
    ...['run', '--model', fixture('tiny-qwen2'), '--prompt', 'hello', '--raw', '--temperature', '0'],
    ...['--repetition-penalty', '1', '--max-tokens', '8', ...args],
  ]);

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

test('an adapter that is given as a model is rejected, and the hint names its base model', async () => {
  const { code, error } = await runQuire(['run', '--model', plain, '--prompt', 'hello']);
  expect(error).toMatch(/is a LoRA adapter, not a complete model; load its base model tiny, and give/);
  expect(code).toBe(1);
});
