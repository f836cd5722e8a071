// Runs the command `quire` in a separate process, as a shell or a script does.

import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ROOT } from './fixtures.ts';

const QUIRE = join(ROOT, 'bin/quire.js');

export interface QuireResult {
  /** the exit code; null when a signal ended the process */
  readonly code: number | null;
  /** standard output */
  readonly output: string;
  /** standard error */
  readonly error: string;
}

export interface QuireProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<QuireResult>;
  /** Returns the standard output up to now. */
  output(): string;
  /** Returns the standard error up to now. */
  error(): string;
}

export interface QuireProcessOptions {
  /** variables in addition to the environment of this process */
  readonly env?: NodeJS.ProcessEnv;
  /** standard input; empty by default */
  readonly input?: string;
  /** arguments of Node before the script */
  readonly nodeArguments?: readonly string[];
  /** a command whose arguments are the command to run, such as `nice -n 5` */
  readonly wrapper?: readonly string[];
}

export function startQuire(args: readonly string[], options: QuireProcessOptions = {}): QuireProcess {
  const { env, input = '', nodeArguments = [], wrapper = [] } = options;
  const [program, ...programArguments] = [...wrapper, process.execPath, ...nodeArguments, QUIRE, ...args];
  const child = spawn(program!, programArguments, { cwd: tmpdir(), env: { ...process.env, ...env } });
  let output = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
  child.stdin.on('error', () => {}); // the process may end without reading its input
  child.stdin.end(input);
  const ended = new Promise<QuireResult>((resolve) => {
    child.on('close', (code) => resolve({ code, output, error }));
  });
  return { child, ended, output: () => output, error: () => error };
}

export const runQuire = (args: readonly string[], options?: QuireProcessOptions): Promise<QuireResult> =>
  startQuire(args, options).ended;

/** Builds outdated files, so that messages of the build are not in the output of later commands. */
export async function buildQuire(): Promise<void> {
  await runQuire(['--help']);
}

/** Expects a command to fail with one line, `code: what was wrong; what to do`, that matches `line`. */
export async function expectErrorLine(
  result: Promise<QuireResult>,
  exitCode: 1 | 2,
  line: RegExp,
): Promise<void> {
  const { code, output, error } = await result;
  expect(error).toMatch(/^[a-z_]+: [^\n]+; [^\n]+\n$/);
  expect(error).toMatch(line);
  expect({ code, output }).toEqual({ code: exitCode, output: '' });
}
