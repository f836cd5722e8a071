// Converts errors of the argument parser to QuireErrors with code, message and hint.

import type { Command, CommanderError } from 'commander';
import { QuireError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';

export function usageError(error: CommanderError, program: Command): QuireError {
  const message = error.message.replace(/^error: /, '').trimEnd();
  const what = message.endsWith('.') ? message.slice(0, -1) : message;
  if (error.code === 'commander.unknownOption') {
    return new QuireError('unknown_option', what, suggestion(quoted(what), optionNames(program)));
  }
  if (error.code === 'commander.unknownCommand') {
    return new QuireError(
      'unknown_option',
      what,
      suggestion(
        quoted(what),
        program.commands.map((c) => c.name()),
      ),
    );
  }
  return new QuireError('bad_option', what, 'see quire --help');
}

const quoted = (message: string): string => /'([^']*)'/.exec(message)?.[1] ?? '';

function suggestion(given: string, names: readonly string[]): string {
  const nearest = nearestName(given, names);
  return nearest === undefined ? 'see quire --help' : `did you mean ${nearest}?`;
}

// Only options of the command that was called are suggested.
function optionNames(program: Command): string[] {
  const called = program.commands.find((command) => command.name() === program.args[0]);
  return called?.options.map((option) => option.long ?? '') ?? [];
}
