// Writes all output of the command line. Untrusted text (model output, file names, server responses) must not control the terminal.
// Therefore control characters are escaped on standard error, and on standard output if it is a terminal. Standard output to a
// file or a pipe is not escaped.

import { escapeControls, escapeControlsInJson } from '../base/printable.ts';
import { INTERRUPT_EXIT_CODE } from './interrupt.ts';

/** Writes to standard output. */
export function writeOutput(text: string): void {
  process.stdout.write(process.stdout.isTTY ? escapeControls(text) : text);
}

/** Writes a line of JSON to standard output. */
export function writeOutputJson(value: unknown): void {
  process.stdout.write(`${escapeControlsInJson(JSON.stringify(value))}\n`);
}

/** Writes a line to standard error. */
export function writeDiagnostic(line: string): void {
  process.stderr.write(`${escapeControls(line)}\n`);
}

/** Writes a line of JSON, which must end with a line break, to standard error. */
export function writeDiagnosticJson(line: string): void {
  process.stderr.write(escapeControlsInJson(line));
}

/** Writes a control sequence, which is not escaped, and then escaped text to standard error. */
export function writeControlSequence(control: string, text = ''): void {
  process.stderr.write(control + escapeControls(text));
}

let continuesWhenClosed = false;

/** Lets the command continue when another process has closed the pipe of standard output. */
export function continueWhenOutputCloses(): void {
  continuesWhenClosed = true;
}

/** Handles closed pipes on standard output and standard error, which would otherwise crash the process. */
export function handleClosedOutput(): void {
  if (process.stdout.listeners('error').includes(onOutputError)) return;
  process.stdout.on('error', onOutputError);
  process.stderr.on('error', () => {}); // the error cannot be reported, because standard error is closed
}

let isStdoutClosed = false;

// Stops the command, as Ctrl-C does, when another process such as `head` has closed the pipe of standard output.
function onOutputError(error: NodeJS.ErrnoException): void {
  if (continuesWhenClosed || isStdoutClosed) return; // after the first error, every write fails
  if (error.code !== 'EPIPE') throw error;
  isStdoutClosed = true;
  if (!process.emit('SIGINT')) process.exit(INTERRUPT_EXIT_CODE);
}
