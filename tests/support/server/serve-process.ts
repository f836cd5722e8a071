// Runs `quire serve` in a separate process, and observes the log, memory use and exit of the process.

import { readFileSync } from 'node:fs';
import { type QuireProcess, type QuireProcessOptions, startQuire } from '../quire-process.ts';

const START_MS = 120_000;

/** Waits until the process prints the address it listens on; rejects if the process ends first. */
export async function servedUrl({ output, ended }: QuireProcess): Promise<string> {
  const deadline = Date.now() + START_MS;
  let failure: string | undefined;
  ended.then(
    ({ error }) => (failure = error),
    () => undefined,
  );
  for (;;) {
    const url = /http:\/\/\S+/.exec(output())?.[0];
    if (url !== undefined) return url;
    if (failure !== undefined) throw new Error(`the server did not start: ${failure}`);
    if (Date.now() > deadline) throw new Error('the server was not ready in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export class ServeProcess {
  readonly url: string;
  readonly #process: QuireProcess;

  private constructor(process: QuireProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  /** @param args the arguments after `quire serve --port 0` */
  static async start(args: readonly string[], options?: QuireProcessOptions): Promise<ServeProcess> {
    const process = startQuire(['serve', '--port', '0', ...args], options);
    try {
      return new ServeProcess(process, await servedUrl(process));
    } catch (error) {
      process.child.kill('SIGKILL');
      throw error;
    }
  }

  get running(): boolean {
    const { exitCode, signalCode } = this.#process.child;
    return exitCode === null && signalCode === null;
  }

  /** The complete lines of standard error. */
  get log(): readonly string[] {
    return this.#process.error().split('\n').slice(0, -1);
  }

  /** Returns the resident memory; undefined on systems without /proc. */
  residentBytes(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.#process.child.pid}/status`, 'utf8');
      const kilobytes = /VmRSS:\s+(\d+) kB/.exec(status)?.[1];
      return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
    } catch {
      return undefined;
    }
  }

  /** Sends SIGTERM, and after a minute SIGKILL. Resolves to the exit code and the duration of the shutdown. */
  async stop(): Promise<{ readonly code: number | null; readonly ms: number }> {
    const started = performance.now();
    this.#process.child.kill('SIGTERM');
    const kill = setTimeout(() => this.#process.child.kill('SIGKILL'), 60_000);
    const { code } = await this.#process.ended;
    clearTimeout(kill);
    return { code, ms: performance.now() - started };
  }

  /** Ends the process immediately, like a crash or a power failure. */
  async kill(): Promise<void> {
    this.#process.child.kill('SIGKILL');
    await this.#process.ended;
  }
}
