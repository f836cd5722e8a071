// Checks that docs/command-line.md names every option of the command line, and only options that a command has.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COMMANDS = ['', 'run', 'chat', 'serve', 'inspect', 'tokenize', 'pull', 'synth', 'bench', 'lab'];

async function optionsOf(command: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['bin/quire.js', ...command.split(' ').filter(Boolean), '--help'],
    {
      cwd: ROOT,
    },
  );
  return [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option = '']) => option);
}

const document = readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8');
const documented = new Set([...document.matchAll(/--[a-z][\w-]*/g)].map(([option]) => option));
const options = new Set<string>();

beforeAll(async () => {
  for (const command of COMMANDS) for (const option of await optionsOf(command)) options.add(option);
  options.delete('--help');
}, 120_000);

it('docs/command-line.md names every option of every command', () => {
  expect(options.size).toBeGreaterThan(50);
  expect([...options].filter((option) => !documented.has(option))).toEqual([]);
});

it('docs/command-line.md names only options that a command has', () => {
  expect([...documented].filter((option) => option !== '--help' && !options.has(option))).toEqual([]);
});
