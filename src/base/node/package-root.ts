// The folder of this package, which contains files besides the compiled code: the kernels, the embedded model and the page.

import { existsSync, readFileSync } from 'node:fs';
import { QuireError } from '../errors.ts';

/**
 * URL of the folder, with a slash at its end. Modules run from src/ and from dist/, where several are in one file. The functions below
 * are called before the rest of this module has run, so they use no constants.
 */
export const PACKAGE_ROOT: URL = packageRootOf(import.meta.url);

/**
 * Returns the folder of the package that contains a module. Throws `not_supported` if a bundler copied the module into a file of
 * another package: the other files of this package, and its worker threads, are then missing.
 * @param moduleUrl undefined if a bundler has created a CommonJS module
 */
export function packageRootOf(moduleUrl: string | undefined): URL {
  if (moduleUrl === undefined) throw bundledError('another module');
  for (let folder = new URL('./', moduleUrl); ; folder = new URL('../', folder)) {
    if (nameIn(new URL('package.json', folder)) === 'quire-llm') return outsideArchive(folder);
    if (new URL('../', folder).href === folder.href) throw bundledError(moduleUrl);
  }
}

function nameIn(manifest: URL): unknown {
  if (!existsSync(manifest)) return undefined;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly name?: unknown }).name;
}

// Electron reads files in `app.asar` as if it were a folder, but the threads of the kernels cannot. Its packagers copy the packages
// that the application selects to `app.asar.unpacked`.
function outsideArchive(folder: URL): URL {
  const unpacked = new URL(folder.href.replace(/\.asar\//, '.asar.unpacked/'));
  return existsSync(unpacked) ? unpacked : folder;
}

function bundledError(place: string): QuireError {
  return new QuireError(
    'not_supported',
    `the code of quire-llm was bundled into ${place}, without the kernels, the model and the page of the package`,
    `declare quire-llm as an external package of the bundler (docs/library.md, section Bundlers)`,
  );
}
