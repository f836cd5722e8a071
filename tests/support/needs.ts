// What some tests need and a machine may lack: a browser, PostgreSQL, the compiled kernels.
// Where it is missing such a test is skipped with one plain line; with CI=true that is a failure.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'vitest';
import { nativeUnavailable } from '../../src/kernels/native/node/native-backend.ts';

export type Need =
  | { readonly available: true; readonly path: string }
  | { readonly available: false; readonly reason: string };

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];

/** The system's Chromium: QUIRE_CHROMIUM, or the first in PATH. */
export function needsChromium(): Need {
  const named = process.env.QUIRE_CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = named
    ? [named]
    : folders.flatMap((folder) => BROWSERS.map((name) => join(folder, name)));
  const path = candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile());
  if (path) return { available: true, path };
  return { available: false, reason: `no ${BROWSERS.join(', ')} in PATH (QUIRE_CHROMIUM names another)` };
}

/** PostgreSQL's own programs: QUIRE_POSTGRES names their folder, else where systems put them. */
export function needsPostgres(): Need {
  const versions = '/usr/lib/postgresql';
  const installed = existsSync(versions)
    ? readdirSync(versions).map((one) => join(versions, one, 'bin'))
    : [];
  const folders = [process.env.QUIRE_POSTGRES, ...installed, ...(process.env.PATH ?? '').split(delimiter)];
  const path = folders.find((folder) => folder && existsSync(join(folder, 'initdb')));
  if (path) return { available: true, path };
  return { available: false, reason: 'PostgreSQL is not installed (QUIRE_POSTGRES names its programs)' };
}

/** The compiled kernels. */
export function needsNative(): Need {
  const reason = nativeUnavailable();
  return reason === undefined ? { available: true, path: '' } : { available: false, reason };
}

/** `describe` when the need is met; `body` is given the path. */
export function describeWith(need: Need, name: string, body: (path: string) => void): void {
  if (need.available) describe(name, () => body(need.path));
  else missing(name, need.reason);
}

function missing(name: string, reason: string): void {
  const title = `${name}: ${reason}`;
  if (process.env.CI !== 'true') it.skip(title);
  else {
    it(title, () => {
      throw new Error(`with CI=true nothing is skipped: ${reason}`);
    });
  }
}
