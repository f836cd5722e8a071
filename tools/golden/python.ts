// Finds a Python interpreter with the packages that the fixture generators need: QUIRE_PYTHON if it is set, otherwise a
// virtual environment in .cache/, which is created if it does not exist or if requirements.txt has changed.

import { spawn } from 'node:child_process';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));
const IMPORTS = 'import gguf, numpy, safetensors, tokenizers, torch, transformers';

/** Returns the path of the interpreter. Rejects if there is none and the environment cannot be created. */
export async function findPython(): Promise<string> {
  const quirePython = process.env.QUIRE_PYTHON;
  if (quirePython !== undefined) {
    if (await runCommand(quirePython, ['-c', IMPORTS])) return quirePython;
    throw new Error(
      `QUIRE_PYTHON is ${quirePython}, which does not start or lacks a package of ${REQUIREMENTS}`,
    );
  }
  const environment = join(ROOT, '.cache', 'golden', '.venv');
  const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const installed = join(environment, 'requirements.txt');
  if (await haveSameText(REQUIREMENTS, installed)) return python;
  await createEnvironment(environment, python);
  await copyFile(REQUIREMENTS, installed);
  return python;
}

async function createEnvironment(environment: string, python: string): Promise<void> {
  console.error(`Creating ${environment} with torch and transformers; this takes several minutes.`);
  await mkdir(dirname(environment), { recursive: true });
  const system = process.platform === 'win32' ? 'python' : 'python3';
  const isCreated =
    (await runCommand(system, ['-m', 'venv', environment])) &&
    (await runCommand(python, ['-m', 'pip', 'install', '--quiet', '-r', REQUIREMENTS]));
  if (isCreated) return;
  throw new Error(
    `Cannot create a Python environment with the packages of ${REQUIREMENTS}. It needs python3 with venv, and pip must reach a package index. ` +
      'Alternatively, set QUIRE_PYTHON to an interpreter that has these packages.',
  );
}

async function haveSameText(first: string, second: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [first, second].map((path) => readFile(path, 'utf8').catch(() => undefined)),
  );
  return a !== undefined && a === b;
}

/** Runs a command with its output on standard error, and returns whether its exit code is 0. */
export function runCommand(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', process.stderr, process.stderr] });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}
