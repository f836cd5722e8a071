// Resolves the output projection of a checkpoint whose config ties it to the embedding table. The file may contain both; as
// in transformers 5, the head is then used if it differs. If the file contains only the head, it is the table too.

import type { ModelConfig } from '../../base/model/model-file.ts';
import type { FamilyFormat } from '../family-format.ts';
import { embeddingName, headName } from '../tensor-names.ts';
import type { StoredTensor } from '../tensor-reader.ts';

export interface TiedTensors {
  /** with `tiedEmbeddings` according to the tensors */
  readonly config: ModelConfig;
  readonly stored: ReadonlyMap<string, StoredTensor>;
}

/** Compares both tensors if both are stored, up to the first difference. */
export async function tieHead(
  { tensors }: FamilyFormat,
  config: ModelConfig,
  stored: ReadonlyMap<string, StoredTensor>,
): Promise<TiedTensors> {
  const head = stored.get(headName(tensors));
  if (!config.tiedEmbeddings || head === undefined) return { config, stored };
  const embedding = embeddingName(tensors);
  const table = stored.get(embedding);
  if (table !== undefined && !(await sameContent(head, table)))
    return { config: { ...config, tiedEmbeddings: false }, stored };
  const others = new Map(stored);
  others.delete(headName(tensors));
  if (table === undefined) others.set(embedding, { ...head, info: { ...head.info, name: embedding } });
  return { config, stored: others };
}

const CHUNK_BYTES = 1024 * 1024;

async function sameContent(a: StoredTensor, b: StoredTensor): Promise<boolean> {
  const { byteLength } = a.info;
  if (a.info.dtype !== b.info.dtype || byteLength !== b.info.byteLength) return false;
  for (let from = 0; from < byteLength; from += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, byteLength - from);
    const [left, right] = await Promise.all([part(a, from, length), part(b, from, length)]);
    for (let at = 0; at < length; at++) if (left[at] !== right[at]) return false;
  }
  return true;
}

async function part({ source, offset }: StoredTensor, from: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await source.readInto(offset + from, bytes);
  return bytes;
}
