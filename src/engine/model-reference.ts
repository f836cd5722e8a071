// What a user writes for a model, as a path: `embedded` is the model that comes with Quire, anything else is
// a path in the file system. References to a hub are refused by name until `pull` exists.

import { fileURLToPath } from 'node:url';
import { QuireError } from '../base/errors.ts';

const EMBEDDED = new URL('../../models/embedded/quire-embedded-q8_0.gguf', import.meta.url);

export const EMBEDDED_REFERENCE = 'embedded';

export function modelPath(reference: string): string {
  if (reference === EMBEDDED_REFERENCE) return fileURLToPath(EMBEDDED);
  if (reference.startsWith('hf:')) {
    throw new QuireError(
      'bad_option',
      `the model reference ${JSON.stringify(reference)} names a hub, and this version does not download`,
      'download the model yourself and give its path, or use "embedded"',
    );
  }
  return reference;
}
