// What a user writes for a model, as a path: `embedded` is the model that comes with Quire, `hf:owner/repo` is
// brought from a hub into the cache, anything else is a path in the file system.

import { fileURLToPath } from 'node:url';
import { isHubReference } from '../../hub/hub-reference.ts';
import { type PullOptions, pullModel } from '../../hub/node/pull-model.ts';

const EMBEDDED = new URL('../../../models/embedded/quire-embedded-q8_0.gguf', import.meta.url);

export const EMBEDDED_REFERENCE = 'embedded';

/** Downloads what is missing, and only for `hf:`; then it rejects with the errors of `pullModel`. */
export async function modelPath(reference: string, options: PullOptions = {}): Promise<string> {
  if (reference === EMBEDDED_REFERENCE) return fileURLToPath(EMBEDDED);
  return isHubReference(reference) ? pullModel(reference, options) : reference;
}
