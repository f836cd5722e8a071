// A folder in which the packages of a release are installed and used. Its path contains a space and Chinese characters.

import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const COMMAND_MS = 600_000;
const SMOKE = fileURLToPath(new URL('smoke.js', import.meta.url));

/** What smoke.js prints. */
export interface SmokeResult {
  readonly text: string;
  readonly backend: string;
  /** tokens that a stored conversation did not compute again, or the code of an error */
  readonly continued: number | string;
  readonly hasPage: boolean;
  readonly answer: string;
}

export class Installation {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.#env = env;
  }

  /** Creates an empty project. */
  static async create(parent: string, name: string, env: NodeJS.ProcessEnv): Promise<Installation> {
    const folder = join(parent, '我的 project', name);
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'package.json'),
      '{ "name": "project", "version": "1.0.0", "private": true }\n',
    );
    return new Installation(folder, { ...env, HOME: folder, XDG_DATA_HOME: join(folder, 'data'), CI: '' });
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(this.path(name), text);
  }

  /** Runs a command in the folder and returns its standard output. Rejects with its output if the exit code is not 0. */
  async run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const options = {
      cwd: this.folder,
      env: { ...this.#env, ...env },
      timeout: COMMAND_MS,
      maxBuffer: 2 ** 26,
    };
    try {
      return (await promisify(execFile)(command, args, options)).stdout;
    } catch (error) {
      const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
      const output = [stdout, stderr].map((text) => text.trim().slice(-3000)).filter(Boolean);
      throw new Error(
        [`${command} ${args.join(' ')}`, ...(output.length > 0 ? output : [message])].join('\n'),
      );
    }
  }

  npm(...args: readonly string[]): Promise<string> {
    return this.run('npm', args);
  }

  /** Runs smoke.js with a command, `node` by default. */
  async smoke(
    command: readonly string[] = [process.execPath],
    args: readonly string[] = [],
  ): Promise<SmokeResult> {
    await copyFile(SMOKE, this.path('smoke.mjs'));
    const [program, ...options] = command;
    const output = await this.run(program!, [...options, 'smoke.mjs', ...args]);
    return JSON.parse(output.trim().split('\n').at(-1)!) as SmokeResult;
  }
}
