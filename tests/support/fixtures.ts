// Paths of this repository and of the models that golden tests use.

import { fileURLToPath } from 'node:url';

/** The root of the repository, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Returns the path of a model, or another file, in tests/golden/fixtures. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../golden/fixtures/${name}`, import.meta.url));
