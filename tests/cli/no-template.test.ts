// A model without a chat template on the command line: `chat` refuses it at once, and `run` uses the prompt without a
// template and reports that.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { buildQuire, runQuire } from '../support/quire-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder('no-template');
beforeAll(async () => {
  cpSync(fixture('tiny-llama'), folder, { recursive: true });
  const settings = join(folder, 'tokenizer_config.json');
  const { chat_template: _, ...rest } = JSON.parse(readFileSync(settings, 'utf8'));
  writeFileSync(settings, JSON.stringify(rest));
  await buildQuire();
}, 180_000);

// For `serve` see tests/e2e/serve-command.test.ts.
test('chat ends with no_chat_template', async () => {
  const { code, output, error } = await runQuire(['chat', '--model', folder]);
  expect(error).toMatch(/^no_chat_template: [^\n]+; [^\n]+\n$/);
  expect({ code, output }).toEqual({ code: 1, output: '' });
});

test('run uses the raw prompt and reports that in one line', async () => {
  const args = ['run', '--model', folder, '--prompt', 'abc', '--temperature', '0', '--max-tokens', '3'];
  const [plain, raw] = [await runQuire(args), await runQuire([...args, '--raw'])];
  expect(raw).toMatchObject({ code: 0, error: '' });
  expect({ ...plain, error: '' }).toEqual(raw);
  expect(plain.error).toMatch(/^[^\n]* has no chat template: the prompt was used as raw text\n$/);
});
