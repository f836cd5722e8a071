// Converts errors of the argument parser to QuireErrors, which have a code, a message and a hint.

import type { Command, CommanderError } from 'commander';
import { QuireError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';

export function usageError(error: CommanderError, program: Command): QuireError {
  const called = calledCommands(program);
  const help = `see ${called.map((command) => command.name()).join(' ')} --help`;
  const unknown = unknownName(error, called.at(-1)!);
  if (unknown !== undefined) {
    const names = unknown.startsWith('-')
      ? optionNames(called)
      : program.commands.map((command) => command.name());
    const nearest = nearestName(unknown, names);
    const kind = unknown.startsWith('-') ? 'option' : 'command';
    const hint = nearest === undefined ? help : `did you mean ${nearest}?`;
    return new QuireError('unknown_option', `unknown ${kind} '${unknown}'`, hint);
  }
  const message = error.message.replace(/^error: /, '').trimEnd();
  return new QuireError('bad_option', message.endsWith('.') ? message.slice(0, -1) : message, help);
}

// Returns the unknown option or command of the error. If a required option is missing, commander reports only that. An unknown
// option among the arguments is then probably the required option, misspelled.
function unknownName({ code, message }: CommanderError, command: Command): string | undefined {
  if (code === 'commander.unknownOption' || code === 'commander.unknownCommand')
    return /'([^']*)'/.exec(message)?.[1];
  if (code === 'commander.missingMandatoryOptionValue') return command.args.find((arg) => /^--\w/.test(arg));
  return undefined;
}

/** Returns the program, the command and the subcommand that were called. */
function calledCommands(program: Command): Command[] {
  const called = [program];
  for (let next: Command | undefined = program; next !== undefined; ) {
    const [name]: readonly string[] = next.args;
    next = next.commands.find((command) => command.name() === name);
    if (next !== undefined) called.push(next);
  }
  return called;
}

// Returns the options of the commands that were called, so that suggestions come only from these.
const optionNames = (called: readonly Command[]): string[] =>
  called.flatMap(({ options }) => options.map(({ long }) => long ?? ''));
