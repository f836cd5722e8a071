// Resolves model references to paths. `embedded` is the model in the package, `hf:owner/repo` is downloaded from a hub into the
// cache, and any other reference is a path.

import { fileURLToPath } from 'node:url';
import { PACKAGE_ROOT } from '../../base/node/package-root.ts';
import { isHubReference } from '../../hub/hub-reference.ts';
import { type PullOptions, pullModel } from '../../hub/node/pull-model.ts';

const EMBEDDED = new URL('models/embedded/quire-embedded-q8_0.gguf', PACKAGE_ROOT);

export const EMBEDDED_REFERENCE = 'embedded';

/** Returns the path of a model. Downloads missing files of `hf:` references. Rejects with the errors of `pullModel`. */
export async function modelPath(reference: string, options: PullOptions = {}): Promise<string> {
  if (reference === EMBEDDED_REFERENCE) return fileURLToPath(EMBEDDED);
  return isHubReference(reference) ? pullModel(reference, options) : reference;
}
