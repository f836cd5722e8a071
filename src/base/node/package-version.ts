// The version of this package, from its package.json.

import { readFileSync } from 'node:fs';
import { PACKAGE_ROOT } from './package-root.ts';

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('package.json', PACKAGE_ROOT), 'utf8')) as {
    version: string;
  };
  return version;
}
