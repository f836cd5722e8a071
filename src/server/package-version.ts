// The version of this package, from its own description.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// src/server while developing and dist/server when built: both are two folders below the package.
const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  return version;
}
