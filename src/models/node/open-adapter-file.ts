// Opens a LoRA adapter for a model of any supported family.

import type { AdapterFile, AdapterTargets } from '../../base/model/adapter-file.ts';
import { openAdapter } from '../../formats/node/open-adapter.ts';
import { FAMILIES } from '../registry.ts';

export { type AdapterFolder, adapterFolderAt } from '../../formats/node/adapter-folder.ts';

/**
 * Opens the adapter at `path`: the folder of PEFT, its safetensors file, or a GGUF. The caller closes it. Rejects with
 * `file_not_found`, `file_unreadable`, `bad_adapter`, or an error of the format.
 */
export function openAdapterFile(path: string, targets: AdapterTargets): Promise<AdapterFile> {
  const family = FAMILIES.find(({ architecture }) => architecture === targets.architecture)!;
  return openAdapter(path, family, targets);
}
