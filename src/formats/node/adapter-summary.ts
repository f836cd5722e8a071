// Reads a LoRA adapter without its base model: what it changes, and for which model it says that it was made.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdapterFile } from '../../base/model/adapter-file.ts';
import type { ByteSource } from '../byte-source.ts';
import { type FamilyFormat, ggufFamily } from '../family-format.ts';
import { readGgufMetadata } from '../gguf/metadata.ts';
import { ADAPTER_CONFIG } from '../lora/adapter-error.ts';
import { assembleAdapter, type StoredMatrix } from '../lora/adapter-tensors.ts';
import { readGgufAdapter } from '../lora/gguf-adapter.ts';
import { readPeftConfig } from '../lora/peft-config.ts';
import { ownPeftMatrices } from '../lora/peft-tensors.ts';
import { readSafetensors } from '../safetensors/header.ts';
import { ADAPTER_WEIGHTS, type AdapterFolder, adapterFolderAt } from './adapter-folder.ts';
import { openFileSource } from './file-source.ts';
import { readJson } from './read-json.ts';

export interface AdapterSummary {
  readonly format: 'peft' | 'gguf';
  /** path of its folder or file */
  readonly source: string;
  /** the base model, as the adapter names it; undefined if it does not */
  readonly base: string | undefined;
  /** of the base model, if the adapter states it */
  readonly architecture: string | undefined;
  /** 0 in a GGUF: the scale is then 1 */
  readonly alpha: number;
  readonly modules: AdapterFile['modules'];
}

/** Returns the adapter at `path`; undefined for a model. Rejects with `bad_adapter`, or with an error of the file or the format. */
export async function readAdapterSummary(
  path: string,
  families: readonly FamilyFormat[],
): Promise<AdapterSummary | undefined> {
  const folder = await adapterFolderAt(path);
  if (folder !== undefined) return peftSummary(folder);
  const file = await singleGguf(path);
  return file === undefined ? undefined : withSource(file, (source) => ggufSummary(source, families));
}

async function peftSummary({ folder, base }: AdapterFolder): Promise<AdapterSummary> {
  const config = readPeftConfig(join(folder, ADAPTER_CONFIG), await readJson(folder, ADAPTER_CONFIG));
  return withSource(join(folder, ADAPTER_WEIGHTS), async (source) => {
    const matrices = ownPeftMatrices(source.name, await readSafetensors(source));
    return {
      format: 'peft',
      source: folder,
      base: typeof base === 'string' ? base : undefined,
      architecture: undefined,
      alpha: config.alpha,
      modules: modulesOf(folder, matrices, config.scaleOf),
    };
  });
}

async function ggufSummary(
  source: ByteSource,
  families: readonly FamilyFormat[],
): Promise<AdapterSummary | undefined> {
  const { metadata } = await readGgufMetadata(source);
  if (metadata.get('general.type') !== 'adapter') return undefined;
  const family = ggufFamily(source.name, families, metadata.get('general.architecture'));
  const { matrices, scaleOf, alpha } = await readGgufAdapter(source, family);
  const base = metadata.get('general.base_model.0.repo_url') ?? metadata.get('general.base_model.0.name');
  return {
    format: 'gguf',
    source: source.name,
    base: typeof base === 'string' ? base : undefined,
    architecture: family.gguf.architecture,
    alpha,
    modules: modulesOf(source.name, matrices, scaleOf),
  };
}

// Checks everything that can be checked without the model: the shapes of layers are those of the matrices.
function modulesOf(
  source: string,
  matrices: readonly StoredMatrix[],
  scaleOf: (module: string, rank: number) => number,
): AdapterFile['modules'] {
  const shapes = new Map(matrices.map(({ module, matrix, shape }) => [`${matrix} ${module}`, shape]));
  const sizeOf = (module: string, matrix: 'a' | 'b', axis: 0 | 1): number =>
    shapes.get(`${matrix} ${module}`)?.[axis] ?? 0;
  const close = (): Promise<void> => Promise.resolve();
  const adapter = assembleAdapter(
    { source, matrices, scaleOf, ropeLayout: undefined, close },
    {
      architecture: '',
      shapeOf: (module) => [sizeOf(module, 'b', 0), sizeOf(module, 'a', 1)],
      ropeLayout: undefined,
      headDim: 1,
    },
  );
  return adapter.modules;
}

// Returns the GGUF at `path`, or the only one in the folder `path`. Models in several files are not adapters.
async function singleGguf(path: string): Promise<string | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() === true) return /\.gguf$/i.test(path) ? path : undefined;
  const files = (await readdir(path).catch((): string[] => [])).filter((name) => /\.gguf$/i.test(name));
  return files.length === 1 ? join(path, files[0]!) : undefined;
}

async function withSource<Result>(
  path: string,
  read: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  const source = await openFileSource(path);
  try {
    return await read(source);
  } finally {
    await source.close();
  }
}
