// `quire pull`: downloads a model from a hub into the cache and prints the path of the model.

import { Command } from 'commander';
import { QuireError } from '../base/errors.ts';
import { isHubReference } from '../hub/hub-reference.ts';
import { INTERRUPT_EXIT_CODE, runInterruptible } from './interrupt.ts';
import { modelPathWithProgress, OFFLINE_HELP } from './model-path.ts';
import { writeDiagnostic, writeOutput } from './terminal.ts';

interface PullFlags {
  readonly offline?: boolean;
  readonly refresh?: boolean;
}

export function pullCommand(): Command {
  return new Command('pull')
    .description('download a model into the cache and print its path')
    .argument('<reference>', 'hf:owner/repo, hf:owner/repo:file or hf:owner/repo@revision:file')
    .option('--refresh', 'check the hub for a newer commit even if the cache contains the model')
    .option('--offline', OFFLINE_HELP)
    .action(pull);
}

async function pull(reference: string, { offline, refresh }: PullFlags): Promise<void> {
  if (!isHubReference(reference)) {
    const message = `${JSON.stringify(reference)} is not a reference to a model on a hub`;
    throw new QuireError('bad_option', message, 'use hf:owner/repo or hf:owner/repo:FILE');
  }
  if (offline === true && refresh === true) {
    throw new QuireError(
      'bad_option',
      '--refresh needs the network, which --offline forbids',
      'use only one of the two options',
    );
  }
  await runInterruptible(async (signal) => {
    try {
      const path = await modelPathWithProgress(reference, { offline, refresh, signal });
      writeOutput(`${path}\n`);
    } catch (error) {
      if (!signal.aborted) throw error;
      writeDiagnostic('stopped; the same command resumes the download');
      process.exitCode = INTERRUPT_EXIT_CODE;
    }
  });
}
