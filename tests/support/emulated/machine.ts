// A machine on which a test runs Node: this one, or an emulated one with another processor, system or C library.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GenerationResult } from '../../../src/completion/generation.ts';
import type { LoadEngineOptions } from '../../../src/index.ts';
import { ROOT } from '../fixtures.ts';

export interface Machine {
  /** the command that runs Node, without arguments */
  readonly command: readonly string[];
  /** variables in addition to the environment of this process */
  readonly env: NodeJS.ProcessEnv;
  /** Returns how the machine names a file of this machine. */
  readonly pathOf: (path: string) => string;
}

export const THIS_MACHINE: Machine = {
  command: [process.execPath],
  env: {},
  pathOf: (path) => path,
};

/** A conversation with the embedded model. */
export interface Work {
  /** only values that JSON can represent */
  readonly options: LoadEngineOptions;
  readonly questions: readonly string[];
}

export interface Answer extends Pick<GenerationResult, 'tokens' | 'text' | 'computedTokens' | 'backend'> {
  /** prompt tokens whose keys and values were read from the disk */
  readonly diskTokens: number;
  /** SHA-256 of the logits of all steps up to the end of this answer */
  readonly logits: string;
}

const QUESTIONS = ['What is the highest mountain in the world?', 'And what is the capital of France?'];

/**
 * Holds the conversation `QUESTIONS` on a machine. `folder` is for the output.
 * @param env variables in addition to those of the machine
 */
export async function converse(
  machine: Machine,
  options: LoadEngineOptions,
  folder: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Answer[]> {
  const work: Work = { options: { model: 'embedded', ...options }, questions: QUESTIONS };
  const script = machine.pathOf(join(ROOT, 'tests/support/emulated/answer.js'));
  const command = [...machine.command, script, JSON.stringify(work)];
  return JSON.parse(await runToFiles(command, folder, { ...machine.env, ...env })) as Answer[];
}

/** Runs a command with files as standard streams, because Node cannot open pipes under Wine. Returns its standard output. */
export async function runToFiles(
  command: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const [program = '', ...args] = command;
  const paths = [join(folder, 'stdout.txt'), join(folder, 'stderr.txt')] as const;
  await using output = await open(paths[0], 'w');
  await using error = await open(paths[1], 'w');
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', output.fd, error.fd],
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const text = await readFile(paths[0], 'utf8');
  if (code === 0) return text;
  throw new Error(`${program} ended with ${signal ?? code}\n${text}${await readFile(paths[1], 'utf8')}`);
}
