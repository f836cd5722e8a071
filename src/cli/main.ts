// The entry point of the command line: runs a command and returns its exit code (0 success, 1 failure, 2 wrong usage). Commands
// throw errors, and this file prints an error as one line.

import { isatty } from 'node:tty';
import { Command, CommanderError } from 'commander';
import { asQuireError, type QuireError } from '../base/errors.ts';
import { packageVersion } from '../base/node/package-version.ts';
import { handleClosedOutput, writeDiagnostic } from './terminal.ts';
import { usageError } from './usage-error.ts';

// A command is imported only when it runs, because importing the server takes most of a second.
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['run', async () => (await import('./run.ts')).runCommand()],
  ['chat', async () => (await import('./chat.ts')).chatCommand()],
  ['serve', async () => (await import('./serve.ts')).serveCommand()],
  ['inspect', async () => (await import('./inspect.ts')).inspectCommand()],
  ['tokenize', async () => (await import('./tokenize.ts')).tokenizeCommand()],
  ['pull', async () => (await import('./pull.ts')).pullCommand()],
  ['synth', async () => (await import('./synth.ts')).synthCommand()],
  ['bench', async () => (await import('./bench/command.ts')).benchCommand()],
  ['lab', async () => (await import('./lab.ts')).labCommand()],
  ['doctor', async () => (await import('./doctor/command.ts')).doctorCommand()],
]);

/** Runs one command; without a command, `chat` in a terminal. @returns the exit code */
export async function main(givenArgs: readonly string[]): Promise<number> {
  handleClosedOutput();
  const args = givenArgs.length === 0 && isInTerminal() ? ['chat'] : givenArgs;
  const program = new Command('quire')
    .description('Run open language models in Node.js. No token is computed twice.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // `reportError` prints errors
    .showSuggestionAfterError(false);
  const selected = COMMANDS.get(args[0] ?? '');
  for (const load of selected ? [selected] : COMMANDS.values()) {
    const command = (await load()).copyInheritedSettings(program);
    for (const subcommand of command.commands) subcommand.copyInheritedSettings(command);
    program.addCommand(command);
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return reportError(error, program);
  }
}

// Does not use `process.stdin`, because the first access opens a stream.
const isInTerminal = (): boolean => isatty(0) && isatty(1);

// Prints the error and returns the exit code.
function reportError(error: unknown, program: Command): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // --help, --version
    if (error.code === 'commander.help') return 2; // there was no command, and commander has printed the help
    return printError(usageError(error, program));
  }
  return printError(asQuireError(error));
}

function printError(error: QuireError): number {
  writeDiagnostic(error.fullLine);
  if (error.code === 'internal' && error.cause instanceof Error && process.env.QUIRE_DEBUG) {
    writeDiagnostic(String(error.cause.stack));
  }
  return error.exitCode;
}
