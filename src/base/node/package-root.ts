// The folder of this package, which contains files besides the compiled code: the kernels, the embedded model and the page.

import { existsSync } from 'node:fs';

/** URL of the folder, with a slash at its end. Modules run from src/ and from dist/, where several are in one file. */
export const PACKAGE_ROOT: URL = findPackageRoot(new URL('./', import.meta.url));

function findPackageRoot(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder;
  const parent = new URL('../', folder);
  if (parent.href === folder.href) throw new Error(`no folder above ${import.meta.url} has a package.json`);
  return findPackageRoot(parent);
}
