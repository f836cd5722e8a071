// Runs one of the repository's own tools as a process of its own, and hands over the lines that it prints. Whatever
// ends the wait, an interruption, the time limit or the end of this process, ends it too, and what it started itself.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { abortError } from '../../../base/errors.ts';

/** The package: this folder is four below it, in src while developing and in dist when built. */
export const PACKAGE = fileURLToPath(new URL('../../../../', import.meta.url));

export interface ToolOptions {
  readonly onLine: (line: string) => void;
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
}

export type ToolEnd =
  | { readonly how: 'ended' | 'out of time' }
  | { readonly how: 'failed'; readonly lastWords: string };

const LAST_MS = 5000; // between being asked to end and being ended
const ENDING = ['SIGTERM', 'SIGHUP'] as const; // what ends this process without its 'exit'
const GROUPS = process.platform !== 'win32'; // whose processes are ended together

/**
 * Rejects with the signal's reason when that is aborted.
 * @param args the tool's file, relative to the package, and its arguments
 */
export async function runTool(
  args: readonly string[],
  { onLine, limitMs, signal }: ToolOptions,
): Promise<ToolEnd> {
  const check = (): void => {
    if (signal?.aborted === true) throw abortError(signal);
  };
  check();
  const child = spawn(process.execPath, ['tools/run.js', ...args], {
    cwd: PACKAGE,
    detached: GROUPS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  child.stderr.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-1000)));
  const kill = (): void => endAll(child, 'SIGKILL');
  let last: NodeJS.Timeout | undefined;
  const end = (): void => {
    endAll(child, 'SIGTERM');
    last ??= setTimeout(kill, LAST_MS);
  };
  const endedFromOutside = (name: NodeJS.Signals): void => {
    kill();
    leave();
    process.kill(process.pid, name); // as it would have ended without this handler
  };
  const leave = (): void => {
    clearTimeout(last);
    process.off('exit', kill);
    for (const name of ENDING) process.off(name, endedFromOutside);
  };
  let failure: unknown;
  createInterface(child.stdout).on('line', (line) => {
    try {
      onLine(line);
    } catch (error) {
      failure ??= error;
      end();
    }
  });
  let outOfTime = false;
  const timer = setTimeout(() => {
    outOfTime = true;
    end();
  }, limitMs);
  signal?.addEventListener('abort', end);
  process.on('exit', kill);
  for (const name of ENDING) process.on(name, endedFromOutside);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    leave();
  });
  check();
  if (failure !== undefined) throw failure;
  if (outOfTime) return { how: 'out of time' };
  return code === 0 ? { how: 'ended' } : { how: 'failed', lastWords: words.trim().split('\n').at(-1)! };
}

function endAll(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    if (GROUPS) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It ended by itself meanwhile.
  }
}
