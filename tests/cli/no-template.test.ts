// A model without a chat template on the command line: what converses refuses it at once, what completes a
// prompt takes it as it is and says so.

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quire-no-template-'));
  cpSync(join(ROOT, 'tests/golden/fixtures/tiny-llama'), folder, { recursive: true });
  const settings = join(folder, 'tokenizer_config.json');
  const { chat_template: _, ...rest } = JSON.parse(readFileSync(settings, 'utf8'));
  writeFileSync(settings, JSON.stringify(rest));
  await quire('--help'); // builds what is stale, so that its messages are not in the way below
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly error: string;
}

function quire(...args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [join(ROOT, 'bin/quire.js'), ...args], { cwd: tmpdir() });
  let output = '';
  let error = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (error += data.toString()));
  child.stdin.end();
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output, error })));
}

// `serve` completes texts with it: tests/e2e/serve-command.test.ts.
test('chat ends with no_chat_template', async () => {
  const { code, output, error } = await quire('chat', '--model', folder);
  expect(error).toMatch(/^no_chat_template: [^\n]+; [^\n]+\n$/);
  expect({ code, output }).toEqual({ code: 1, output: '' });
});

test('run takes the prompt raw, and says so in one line', async () => {
  const asked = ['run', '--model', folder, '--prompt', 'abc', '--temperature', '0', '--max-tokens', '3'];
  const [told, raw] = [await quire(...asked), await quire(...asked, '--raw')];
  expect(raw).toMatchObject({ code: 0, error: '' });
  expect({ ...told, error: '' }).toEqual(raw);
  expect(told.error).toMatch(/^[^\n]* has no chat template: the prompt went in raw\n$/);
});
