// Finds a Python with the packages that the fixture generators need: QUIRE_PYTHON, else a virtual environment in
// .cache/, created from requirements.txt when it is missing or the requirements changed.

import { spawn } from 'node:child_process';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));
const PROBE = 'import gguf, numpy, safetensors, tokenizers, torch, transformers';

/** Returns the path of the interpreter. Rejects when there is none and the environment cannot be created. */
export async function findPython(): Promise<string> {
  const named = process.env.QUIRE_PYTHON;
  if (named !== undefined) {
    if (await succeeds(named, ['-c', PROBE])) return named;
    throw new Error(`QUIRE_PYTHON is ${named}, which does not start or lacks a package of ${REQUIREMENTS}`);
  }
  const environment = join(ROOT, '.cache', 'golden', '.venv');
  const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const installed = join(environment, 'requirements.txt');
  if (await sameText(REQUIREMENTS, installed)) return python;
  await makeEnvironment(environment, python);
  await copyFile(REQUIREMENTS, installed);
  return python;
}

async function makeEnvironment(environment: string, python: string): Promise<void> {
  console.error(`Creating ${environment} with torch and transformers; this takes several minutes.`);
  await mkdir(dirname(environment), { recursive: true });
  const system = process.platform === 'win32' ? 'python' : 'python3';
  const made =
    (await succeeds(system, ['-m', 'venv', environment])) &&
    (await succeeds(python, ['-m', 'pip', 'install', '--quiet', '-r', REQUIREMENTS]));
  if (made) return;
  throw new Error(
    `Cannot create a Python environment with the packages of ${REQUIREMENTS}. It needs python3 with venv, and pip must reach a package index. ` +
      'Or set QUIRE_PYTHON to an interpreter that has these packages.',
  );
}

async function sameText(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => readFile(path, 'utf8').catch(() => undefined)));
  return a !== undefined && a === b;
}

/** Runs a command with its output on standard error. Returns whether it exits with 0. */
export function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', process.stderr, process.stderr] });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}
