// Requirements that a machine may lack: a browser, PostgreSQL, the compiled kernels. Tests whose requirement is missing are
// skipped with one line; with CI=true they fail, except where the machine cannot have it (`isOptional`).

import { existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'vitest';
import { nativeUnavailable } from '../../src/kernels/native/node/native-backend.ts';
import { wasmUnavailable } from '../../src/kernels/wasm/node/wasm-backend.ts';

export type Need =
  | { readonly available: true; readonly path: string }
  | {
      readonly available: false;
      readonly reason: string;
      /** with CI=true, too, the tests are skipped */
      readonly isOptional?: boolean;
    };

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];

/** Finds Chromium: the path in QUIRE_CHROMIUM, or the first browser in PATH. */
export function needsChromium(): Need {
  const configured = process.env.QUIRE_CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = configured
    ? [configured]
    : folders.flatMap((folder) => BROWSERS.map((name) => join(folder, name)));
  const path = candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile());
  if (path) return { available: true, path };
  return { available: false, reason: `no ${BROWSERS.join(', ')} in PATH (QUIRE_CHROMIUM names another)` };
}

/** Finds the programs of PostgreSQL: in the folder QUIRE_POSTGRES, in the usual folders, or in PATH. */
export function needsPostgres(): Need {
  const versions = '/usr/lib/postgresql';
  const installed = existsSync(versions)
    ? readdirSync(versions).map((version) => join(versions, version, 'bin'))
    : [];
  const folders = [process.env.QUIRE_POSTGRES, ...installed, ...(process.env.PATH ?? '').split(delimiter)];
  const path = folders.find((folder) => folder && existsSync(join(folder, 'initdb')));
  if (path) return { available: true, path };
  return { available: false, reason: 'PostgreSQL is not installed (QUIRE_POSTGRES names its programs)' };
}

/** Checks for the native kernels. */
export const needsNative = (): Need => needOf(nativeUnavailable());

/** Checks for the WebAssembly kernels. */
export const needsWasm = (): Need => needOf(wasmUnavailable());

/** Checks for the native kernels and those of WebAssembly. */
export const needsCompiled = (): Need => needOf(nativeUnavailable() ?? wasmUnavailable());

function needOf(reason: string | undefined): Need {
  return reason === undefined ? { available: true, path: '' } : { available: false, reason };
}

/** Calls `describe` with `body` if the requirement is met. `body` receives the path of the requirement. */
export function describeWith(need: Need, name: string, body: (path: string) => void): void {
  if (need.available) describe(name, () => body(need.path));
  else if (need.isOptional) it.skip(`${name}: ${need.reason}`);
  else skipOrFail(name, need.reason);
}

function skipOrFail(name: string, reason: string): void {
  const title = `${name}: ${reason}`;
  if (process.env.CI !== 'true') it.skip(title);
  else {
    it(title, () => {
      throw new Error(`with CI=true no test is skipped: ${reason}`);
    });
  }
}
