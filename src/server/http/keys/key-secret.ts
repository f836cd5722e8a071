// The secret that ids of keys are made with: random, in a file of its own in the data folder, for its user alone. It is made
// when it is first needed; without it the conversations of unnamed keys would belong to nobody.

import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QuireError } from '../../../base/errors.ts';
import { makePrivateFolder, PRIVATE_FILE } from '../../../base/node/private-folder.ts';

const FILE = 'key-secret';
const SECRET_BYTES = 32;

/** Raises `storage_failed` for a file that cannot be had, or that is damaged. */
export async function keySecret(dataDir: string): Promise<Uint8Array> {
  const path = join(dataDir, FILE);
  try {
    const secret = (await readIfThere(path)) ?? (await makeSecret(dataDir, path));
    if (secret.length === SECRET_BYTES) return secret;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const what = `the secret of key ids ${path} cannot be read or made (${code})`;
    throw new QuireError(
      'storage_failed',
      what,
      'choose another folder with --data-dir, or correct its rights',
      {
        cause: error,
      },
    );
  }
  throw new QuireError(
    'storage_failed',
    `the secret of key ids ${path} is damaged`,
    'restore it from a backup',
  );
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return Buffer.from((await readFile(path, 'utf8')).trim(), 'hex');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

// Whole or not at all: another server that starts at the same time has the same one.
async function makeSecret(dataDir: string, path: string): Promise<Buffer> {
  await makePrivateFolder(dataDir);
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, {
    mode: PRIVATE_FILE,
    flag: 'wx',
  });
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return Buffer.from((await readFile(path, 'utf8')).trim(), 'hex');
}
