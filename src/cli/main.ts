// The entry point of the command line: runs a command and reports an error as one line and an exit code (0 done, 1 failed,
// 2 wrong usage). Commands themselves only throw.

import { Command, CommanderError } from 'commander';
import { asQuireError, type QuireError } from '../base/errors.ts';
import { packageVersion } from '../base/node/package-version.ts';
import { tell, watchOutput } from './terminal.ts';
import { usageError } from './usage-error.ts';

// A command is imported only when it runs: importing the server takes most of a second.
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['run', async () => (await import('./run.ts')).runCommand()],
  ['chat', async () => (await import('./chat.ts')).chatCommand()],
  ['serve', async () => (await import('./serve.ts')).serveCommand()],
  ['inspect', async () => (await import('./inspect.ts')).inspectCommand()],
  ['tokenize', async () => (await import('./tokenize.ts')).tokenizeCommand()],
  ['pull', async () => (await import('./pull.ts')).pullCommand()],
  ['synth', async () => (await import('./synth.ts')).synthCommand()],
  ['bench', async () => (await import('./bench.ts')).benchCommand()],
  ['lab', async () => (await import('./lab.ts')).labCommand()],
]);

/** Runs one command. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  watchOutput();
  const program = new Command('quire')
    .description('Run open language models in Node.js. No token is computed twice.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // errors are reported below, in one line
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
    return report(error, program);
  }
}

function report(error: unknown, program: Command): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // --help, --version
    if (error.code === 'commander.help') return 2; // no command was given and the help was printed
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
