// `quire serve` as people start it, in a process of its own, and what can be seen of it from outside: its log, its
// memory, its metrics, and whether it is still there.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const QUIRE = fileURLToPath(new URL('../../../bin/quire.js', import.meta.url));
const START_MS = 120_000;
const READY = /Quire is ready: (http:\/\/\S+)/;

export interface ServeProcessOptions {
  readonly nodeArguments?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export class ServeProcess {
  readonly url: string;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #log: readonly string[];

  private constructor(child: ChildProcess, url: string, ended: Promise<unknown>, log: readonly string[]) {
    this.#child = child;
    this.#ended = ended;
    this.#log = log;
    this.url = url;
    this.pid = child.pid!;
  }

  /** @param args what follows `quire serve --port 0` */
  static async start(
    args: readonly string[],
    { nodeArguments = [], env = {} }: ServeProcessOptions = {},
  ): Promise<ServeProcess> {
    const command = [...nodeArguments, QUIRE, 'serve', '--port', '0', ...args];
    const child = spawn(process.execPath, command, { env: { ...process.env, ...env } });
    const ended = once(child, 'close');
    const log: string[] = [];
    let unfinished = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (unfinished + text).split('\n');
      unfinished = lines.pop() ?? '';
      log.push(...lines);
    });
    const url = await new Promise<string>((resolve, reject) => {
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const found = READY.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.on('error', reject);
      child.on('close', () => reject(new Error(`the server did not start: ${log.join(' | ')}`)));
      setTimeout(() => reject(new Error('the server was not ready in time')), START_MS).unref();
    }).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
    return new ServeProcess(child, url, ended, log);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Lines that it wrote to standard error. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** Memory that it holds now; undefined where the system does not tell. */
  residentBytes(): number | undefined {
    try {
      const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
      return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
    } catch {
      return undefined;
    }
  }

  /** Asks it to end; resolves to its exit code and how long that took. */
  async stop(): Promise<{ readonly code: number | null; readonly ms: number }> {
    const started = performance.now();
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), 60_000);
    await this.#ended;
    clearTimeout(kill);
    return { code: this.#child.exitCode, ms: performance.now() - started };
  }
}
