// All output of the command line. Untrusted text (model output, file names, server responses) must not control the terminal:
// control characters are escaped on a terminal and in everything on standard error. Standard output to a file or a pipe
// is not changed.

import { printable, printableJson } from '../base/printable.ts';
import { EXIT_ON_INTERRUPT } from './interrupt.ts';

/** Writes to standard output. */
export function say(text: string): void {
  process.stdout.write(process.stdout.isTTY ? printable(text) : text);
}

/** Writes a line of JSON to standard output. */
export function sayJson(value: unknown): void {
  process.stdout.write(`${printableJson(JSON.stringify(value))}\n`);
}

/** Writes a line to standard error. */
export function tell(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** Writes a line of JSON, which includes its line break, to standard error. */
export function tellJson(line: string): void {
  process.stderr.write(printableJson(line));
}

/** Writes a control sequence of ours, followed by escaped text, to standard error. */
export function draw(control: string, text = ''): void {
  process.stderr.write(control + printable(text));
}

let continues = false;

/** Lets the command continue when the reader of its output has closed the pipe. */
export function continueWithoutReader(): void {
  continues = true;
}

/** Handles closed pipes on standard output and standard error, which would otherwise crash the process. */
export function watchOutput(): void {
  if (process.stdout.listeners('error').includes(onOutputError)) return;
  process.stdout.on('error', onOutputError);
  process.stderr.on('error', () => {}); // standard error is closed, so the error cannot be reported
}

let stdoutClosed = false;

// The reader of the output has closed the pipe, as `head` does: the command stops as it does on Ctrl-C.
function onOutputError(error: NodeJS.ErrnoException): void {
  if (continues || stdoutClosed) return; // every further write fails too
  if (error.code !== 'EPIPE') throw error;
  stdoutClosed = true;
  if (!process.emit('SIGINT')) process.exit(EXIT_ON_INTERRUPT);
}
