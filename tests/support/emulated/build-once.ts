// Keeps what tests compile for other machines, because it takes minutes.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentFingerprint, listFiles } from '../../../tools/setup/fingerprint.js';
import { ROOT } from '../fixtures.ts';

/** Files of emulated systems, and programs that tests compile for them. */
export const EMULATED = join(ROOT, '.cache/emulated');

/**
 * Calls `build` with a folder unless it contains the result for the same contents of `inputs`, and returns the folder.
 * @param inputs files and folders, relative to the root
 */
export async function buildOnce(
  name: string,
  inputs: readonly string[],
  build: (folder: string) => Promise<unknown>,
): Promise<string> {
  const folder = join(EMULATED, name);
  const stamp = join(folder, 'inputs.txt');
  const fingerprint = contentFingerprint(ROOT, listFiles(ROOT, inputs));
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === fingerprint) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build(folder);
  await writeFile(stamp, fingerprint);
  return folder;
}
