// Opens a LoRA adapter: the folder of PEFT, its safetensors file, or a GGUF.

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { AdapterFile, AdapterTargets } from '../../base/model/adapter-file.ts';
import type { ByteSource } from '../byte-source.ts';
import type { FamilyFormat } from '../family-format.ts';
import { ADAPTER_CONFIG, badAdapter } from '../lora/adapter-error.ts';
import { assembleAdapter } from '../lora/adapter-tensors.ts';
import { readGgufAdapter } from '../lora/gguf-adapter.ts';
import { readPeftConfig } from '../lora/peft-config.ts';
import { peftMatrices } from '../lora/peft-tensors.ts';
import { readSafetensors } from '../safetensors/header.ts';
import { ADAPTER_WEIGHTS } from './adapter-folder.ts';
import { fileError, openFileSource } from './file-source.ts';
import { readJson } from './read-json.ts';

/**
 * Opens the adapter at `path` for a model of `family`; the caller closes it. Rejects with `file_not_found`, `file_unreadable`,
 * `bad_adapter`, or an error of the format.
 */
export async function openAdapter(
  path: string,
  family: FamilyFormat,
  targets: AdapterTargets,
): Promise<AdapterFile> {
  if (path.endsWith('.safetensors')) return openPeft(dirname(path), basename(path), family, targets);
  if (!(await isFolder(path))) return openGguf(path, family, targets);
  const names = await readdir(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  if (names.includes(ADAPTER_CONFIG)) return openPeft(path, ADAPTER_WEIGHTS, family, targets);
  const files = names.filter((name) => name.toLowerCase().endsWith('.gguf'));
  if (files.length === 1) return openGguf(join(path, files[0]!), family, targets);
  throw badAdapter(path, `it has neither ${ADAPTER_CONFIG} nor one GGUF file`);
}

async function openPeft(
  folder: string,
  file: string,
  family: FamilyFormat,
  targets: AdapterTargets,
): Promise<AdapterFile> {
  const { scaleOf } = readPeftConfig(join(folder, ADAPTER_CONFIG), await readJson(folder, ADAPTER_CONFIG));
  return openFrom(join(folder, file), async (source) => {
    const matrices = peftMatrices(source.name, family, await readSafetensors(source), targets);
    const close = (): Promise<void> => source.close();
    return assembleAdapter({ source: folder, matrices, scaleOf, ropeLayout: 'half', close }, targets);
  });
}

async function openGguf(path: string, family: FamilyFormat, targets: AdapterTargets): Promise<AdapterFile> {
  return openFrom(path, async (source) => {
    const { matrices, scaleOf } = await readGgufAdapter(source, family);
    const ropeLayout = family.gguf?.ropeLayout;
    const close = (): Promise<void> => source.close();
    return assembleAdapter({ source: path, matrices, scaleOf, ropeLayout, close }, targets);
  });
}

async function openFrom(
  path: string,
  read: (source: ByteSource) => Promise<AdapterFile>,
): Promise<AdapterFile> {
  const source = await openFileSource(path);
  try {
    return await read(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw fileError(path, error);
  }
}
