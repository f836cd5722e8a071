// The command line: finds the command, and turns whatever goes wrong into one line and an exit code
// (0 done, 1 failed, 2 wrong usage). Commands themselves only throw.

import { Command, CommanderError } from 'commander';
import { asQuireError, type QuireError } from '../base/errors.ts';
import { hearReaders, tell } from './terminal.ts';
import { usageError } from './usage-error.ts';

// Only what is asked for is loaded: a server alone takes most of a second.
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
  hearReaders();
  const program = new Command('quire')
    .description('Open language models inside Node.js. No token is ever computed twice.')
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // reported below, in one line
    .showSuggestionAfterError(false);
  const asked = COMMANDS.get(args[0] ?? '');
  for (const load of asked ? [asked] : COMMANDS.values()) {
    program.addCommand((await load()).copyInheritedSettings(program));
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
