// The version of this package, from its package.json.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// This file is in src/base/node or, when built, in dist/base/node: both are three folders below the package.
const PACKAGE = fileURLToPath(new URL('../../../package.json', import.meta.url));

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  return version;
}
