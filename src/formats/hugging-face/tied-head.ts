// Resolves the output projection of a checkpoint whose config ties it to the embedding table. If the file contains both
// tensors, the head is used if it differs from the table, as in transformers 5. If the file contains only the head, the
// head is also used as the table. Embedding models are saved without a head, which they do not need.

import { QuireError } from '../../base/errors.ts';
import type { ModelConfig } from '../../base/model/model-file.ts';
import type { FamilyFormat } from '../family-format.ts';
import { embeddingName, headName } from '../tensor-names.ts';
import type { StoredTensor } from '../tensor-reader.ts';

export interface TiedTensors {
  /** `tiedEmbeddings` is corrected to match the tensors */
  readonly config: ModelConfig;
  readonly stored: ReadonlyMap<string, StoredTensor>;
}

/**
 * Removes a head that equals the table. If both are stored, compares them up to the first difference. Rejects with
 * `unsupported_config` for an embedding model without head whose pooling is not supported.
 */
export async function tieHead(
  { tensors }: FamilyFormat,
  config: ModelConfig,
  stored: ReadonlyMap<string, StoredTensor>,
): Promise<TiedTensors> {
  const head = stored.get(headName(tensors));
  const { pooling, unsupportedPooling } = config;
  if (!config.tiedEmbeddings && head === undefined) {
    if (unsupportedPooling !== undefined) throw uselessModelError(config.name, unsupportedPooling);
    if (pooling !== undefined)
      return {
        config: { ...config, tiedEmbeddings: true, pooling: { ...pooling, lacksHead: true } },
        stored,
      };
  }
  if (!config.tiedEmbeddings || head === undefined) return { config, stored };
  const embedding = embeddingName(tensors);
  const table = stored.get(embedding);
  if (table !== undefined && !(await sameContent(head, table)))
    return { config: { ...config, tiedEmbeddings: false }, stored };
  const resolved = new Map(stored);
  resolved.delete(headName(tensors));
  if (table === undefined) resolved.set(embedding, { ...head, info: { ...head.info, name: embedding } });
  return { config, stored: resolved };
}

const uselessModelError = (model: string, reason: string): QuireError =>
  new QuireError(
    'unsupported_config',
    `${model} has no output head, and its embeddings cannot be computed: ${reason}`,
    "use an embedding model with the pooling 'lasttoken' or 'mean', and no further modules",
  );

const CHUNK_BYTES = 1024 * 1024;

async function sameContent(a: StoredTensor, b: StoredTensor): Promise<boolean> {
  const { byteLength } = a.info;
  if (a.info.dtype !== b.info.dtype || byteLength !== b.info.byteLength) return false;
  for (let from = 0; from < byteLength; from += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, byteLength - from);
    const [left, right] = await Promise.all([readPart(a, from, length), readPart(b, from, length)]);
    for (let i = 0; i < length; i++) if (left[i] !== right[i]) return false;
  }
  return true;
}

async function readPart({ source, offset }: StoredTensor, from: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await source.readInto(offset + from, bytes);
  return bytes;
}
