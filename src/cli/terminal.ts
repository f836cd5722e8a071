// Where every word of the command line leaves it. What others wrote (a model's answer, a file's name, what a server
// said) is shown and never obeyed: control characters are spelled out on a terminal, and in all that goes to standard
// error, which is read in one sooner or later. Standard output into a file or another program stays as it is.

import { printable, printableJson } from '../base/printable.ts';
import { LEFT_BY_INTERRUPT } from './interrupt.ts';

/** On standard output. */
export function say(text: string): void {
  process.stdout.write(process.stdout.isTTY ? printable(text) : text);
}

/** A line of JSON on standard output. */
export function sayJson(value: unknown): void {
  process.stdout.write(`${printableJson(JSON.stringify(value))}\n`);
}

/** A line on standard error. */
export function tell(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** A line of JSON on standard error, its end included. */
export function tellJson(line: string): void {
  process.stderr.write(printableJson(line));
}

/** What moves the cursor: written by ourselves alone, on standard error. */
export function draw(control: string, text = ''): void {
  process.stderr.write(control + printable(text));
}

let goesOn = false;

/** From now on the work does not end when nobody reads what it says. */
export function goOnUnread(): void {
  goesOn = true;
}

/** Hears when the readers of standard output and standard error go away, which else would end the process. */
export function hearReaders(): void {
  if (process.stdout.listeners('error').includes(outputHasNoReader)) return;
  process.stdout.on('error', outputHasNoReader);
  process.stderr.on('error', () => {}); // there is nobody left to tell
}

let alone = false;

// Who reads the output has gone, as `head` does: the work ends as by Ctrl-C, and keeps what that keeps.
function outputHasNoReader(error: NodeJS.ErrnoException): void {
  if (goesOn || alone) return; // each further line fails too
  if (error.code !== 'EPIPE') throw error;
  alone = true;
  if (!process.emit('SIGINT')) process.exit(LEFT_BY_INTERRUPT);
}
