// The command line: finds the command, and turns whatever goes wrong into one line and an exit code
// (0 done, 1 failed, 2 wrong usage). Commands themselves only throw.

import { Command, CommanderError } from 'commander';
import { asQuireError, type QuireError } from '../base/errors.ts';
import { benchCommand } from './bench.ts';
import { chatCommand } from './chat.ts';
import { inspectCommand } from './inspect.ts';
import { labCommand } from './lab.ts';
import { pullCommand } from './pull.ts';
import { runCommand } from './run.ts';
import { serveCommand } from './serve.ts';
import { synthCommand } from './synth.ts';
import { hearReaders, tell } from './terminal.ts';
import { tokenizeCommand } from './tokenize.ts';
import { usageError } from './usage-error.ts';

/** Runs one command. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  hearReaders();
  const program = new Command('quire')
    .description('Open language models inside Node.js. No token is ever computed twice.')
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // reported below, in one line
    .showSuggestionAfterError(false);
  for (const command of [
    runCommand(),
    chatCommand(),
    serveCommand(),
    inspectCommand(),
    tokenizeCommand(),
    pullCommand(),
    synthCommand(),
    benchCommand(),
    labCommand(),
  ]) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error, program);
  }
}

function report(error: unknown, program: Command): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // --help
    if (error.code === 'commander.help') return 2; // no command: the help was printed
    return print(usageError(error, program));
  }
  return print(asQuireError(error));
}

function print(error: QuireError): number {
  tell(error.fullLine);
  if (error.code === 'internal' && error.cause instanceof Error && process.env.QUIRE_DEBUG) {
    tell(String(error.cause.stack));
  }
  return error.exitCode;
}
