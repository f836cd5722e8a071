// Tests the command line with a model without a chat template: `chat` rejects the model before loading it, and `run` uses the
// prompt without a template and reports this.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { buildQuire, runQuire } from '../support/quire-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder('no-template');
beforeAll(async () => {
  cpSync(fixture('tiny-llama'), folder, { recursive: true });
  const configFile = join(folder, 'tokenizer_config.json');
  const { chat_template: _, ...config } = JSON.parse(readFileSync(configFile, 'utf8'));
  writeFileSync(configFile, JSON.stringify(config));
  await buildQuire();
}, 180_000);

// tests/e2e/serve-command.test.ts tests `serve`.
test('quire chat with a model without a chat template fails with no_chat_template', async () => {
  const { code, output, error } = await runQuire(['chat', '--model', folder]);
  expect(error).toMatch(/^no_chat_template: [^\n]+; [^\n]+\n$/);
  expect({ code, output }).toEqual({ code: 1, output: '' });
});

test('quire run with a model without a chat template uses the raw prompt and reports this in one line', async () => {
  const args = ['run', '--model', folder, '--prompt', 'abc', '--temperature', '0', '--max-tokens', '3'];
  const [plain, raw] = [await runQuire(args), await runQuire([...args, '--raw'])];
  expect(raw).toMatchObject({ code: 0, error: '' });
  expect({ ...plain, error: '' }).toEqual(raw);
  expect(plain.error).toMatch(/^[^\n]* has no chat template: the prompt was used as raw text\n$/);
});
