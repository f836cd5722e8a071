// `quire pull`: downloads a model of a hub into the cache and prints its path.

import { Command } from 'commander';
import { QuireError } from '../base/errors.ts';
import { isHubReference } from '../hub/hub-reference.ts';
import { EXIT_ON_INTERRUPT, interruptible } from './interrupt.ts';
import { modelPathWithProgress, OFFLINE_HELP } from './model-path.ts';
import { say, tell } from './terminal.ts';

interface PullFlags {
  readonly offline?: boolean;
  readonly refresh?: boolean;
}

export function pullCommand(): Command {
  return new Command('pull')
    .description('download a model into the cache and print its path')
    .argument('<reference>', 'hf:owner/repo, hf:owner/repo:file or hf:owner/repo@revision:file')
    .option('--refresh', 'check the hub for a newer commit even if the cache has the model')
    .option('--offline', OFFLINE_HELP)
    .action(pull);
}

async function pull(reference: string, { offline, refresh }: PullFlags): Promise<void> {
  if (!isHubReference(reference)) {
    const what = `${JSON.stringify(reference)} is not a reference to a model on a hub`;
    throw new QuireError('bad_option', what, 'use hf:owner/repo or hf:owner/repo:FILE');
  }
  if (offline === true && refresh === true) {
    throw new QuireError(
      'bad_option',
      '--refresh needs the network, which --offline forbids',
      'use one of the two options',
    );
  }
  await interruptible(async (signal) => {
    try {
      const path = await modelPathWithProgress(reference, { offline, refresh, signal });
      say(`${path}\n`);
    } catch (error) {
      if (!signal.aborted) throw error;
      tell('stopped; the downloaded part is kept, and the same command resumes the download');
      process.exitCode = EXIT_ON_INTERRUPT;
    }
  });
}
