// The version of this package, from its own description.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// src/base/node while developing and dist/base/node when built: both are three folders below the package.
const PACKAGE = fileURLToPath(new URL('../../../package.json', import.meta.url));

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  return version;
}
