// Loads the secret from which key ids are computed: random bytes in a private file of the data folder, created on first use. If
// the file is lost, keys no longer find their conversations.

import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QuireError } from '../../../base/errors.ts';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '../../../base/node/private-folder.ts';

const FILE_NAME = 'key-secret';
const SECRET_BYTES = 32;

/** Returns the secret. Rejects with `storage_failed` if its file is damaged, or cannot be read or created. */
export async function loadKeySecret(dataDir: string): Promise<Uint8Array> {
  const path = join(dataDir, FILE_NAME);
  try {
    const secret = (await readIfExists(path)) ?? (await createSecret(dataDir, path));
    if (secret.length === SECRET_BYTES) return secret;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new QuireError(
      'storage_failed',
      `cannot read or create the key secret ${path} (${code})`,
      'choose another folder with --data-dir, or correct its permissions',
      { cause: error },
    );
  }
  throw new QuireError(
    'storage_failed',
    `the key secret ${path} is damaged`,
    'restore the file from a backup',
  );
}

async function readIfExists(path: string): Promise<Buffer | undefined> {
  try {
    return Buffer.from((await readFile(path, 'utf8')).trim(), 'hex');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

// Creates the file atomically: another server that starts at the same time gets the same secret.
async function createSecret(dataDir: string, path: string): Promise<Buffer> {
  await makePrivateFolder(dataDir);
  const temporaryPath = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporaryPath, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, {
    mode: PRIVATE_FILE_MODE,
    flag: 'wx',
  });
  try {
    await link(temporaryPath, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(temporaryPath, { force: true });
  }
  return Buffer.from((await readFile(path, 'utf8')).trim(), 'hex');
}
