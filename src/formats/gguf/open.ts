// Opens a GGUF (version 2 or 3) as a model file. Header and tensor table are read once. The bytes of a tensor are read
// directly into their final memory, so that a model is never in memory twice.

import { QuireError } from '../../base/errors.ts';
import type { ModelFile, TensorInfo } from '../../base/model/model-file.ts';
import type { TokenizerVocabulary } from '../../base/model/tokenizer-data.ts';
import type { ByteSource } from '../byte-source.ts';
import { type FamilyFormat, ggufFamily, type RopeTables } from '../family-format.ts';
import { readGgufDefaults } from '../generation-defaults.ts';
import { adapterError } from '../lora/adapter-error.ts';
import { tensorBounds } from '../model-shape.ts';
import { embeddingName, headName, translateGgufName } from '../tensor-names.ts';
import { createRangeLookup, createTensorReader, type StoredTensor } from '../tensor-reader.ts';
import { type ConfigFromTensors, readGgufConfig } from './config.ts';
import { badGguf } from './error.ts';
import { type GgufHeader, readGgufMetadata } from './metadata.ts';
import { readShardPosition, type ShardPosition, shardPath } from './shards.ts';
import { readGgufTensors } from './tensors.ts';
import { readGgufTokenizer } from './tokenizer.ts';
import type { GgufMetadata } from './types.ts';

/** When the strings of a vocabulary are decoded, which takes long. */
export type ReadTokenizer = 'at once' | 'when used';

/** Opens another file of the same folder, by its path. */
export type OpenSource = (path: string) => Promise<ByteSource>;

/**
 * Opens a model. Closing it closes `source` and the other shards. Rejects with `bad_gguf`, `unknown_architecture`,
 * `unsupported_config`, `unsupported_tensor_type` or `bad_tokenizer`; the caller then closes `source`.
 * @param families the supported families
 * @param open opens the other shards if `source` is any shard of a model in several files
 * @param readTokenizer `when used`: the property `tokenizer` throws `bad_tokenizer` instead
 */
export async function openGguf(
  source: ByteSource,
  families: readonly FamilyFormat[],
  open?: OpenSource,
  readTokenizer: ReadTokenizer = 'at once',
): Promise<ModelFile> {
  const shards = await openShards(source, open);
  try {
    return await openModel(shards, families, readTokenizer);
  } catch (error) {
    await closeAll(shards.slice(1));
    throw error;
  }
}

async function openModel(
  shards: readonly Shard[],
  families: readonly FamilyFormat[],
  readTokenizer: ReadTokenizer,
): Promise<ModelFile> {
  const { source, header } = shards.find(({ index }) => index === 0)!;
  const { metadata } = header;
  rejectAdapter(source.name, metadata);
  const family = ggufFamily(source.name, families, metadata.get('general.architecture'));
  const storedTensors = new Map<string, StoredTensor>();
  for (const shard of shards) await addTensors(storedTensors, family, shard);
  const tensors = new Map<string, TensorInfo>(
    [...storedTensors].map(([name, tensor]) => [name, tensor.info]),
  );
  const readInto = createTensorReader(source.name, storedTensors);
  const facts = await readFacts(source.name, family, tensors, readInto);
  for (const name of ROPE_TABLE_NAMES) tensors.delete(name);
  let tokenizer = readTokenizer === 'at once' ? readGgufTokenizer(source.name, metadata) : undefined;
  return {
    format: 'gguf',
    source: source.name,
    config: readGgufConfig(source.name, family, metadata, facts),
    generation: readGgufDefaults(metadata),
    get tokenizer() {
      tokenizer ??= readGgufTokenizer(source.name, metadata);
      return tokenizer;
    },
    tensors,
    readInto,
    rangeOf: createRangeLookup(storedTensors),
    close: () => closeAll(shards),
  };
}

function rejectAdapter(source: string, metadata: GgufMetadata): void {
  if (metadata.get('general.type') === 'adapter') throw adapterError(source);
}

interface Shard extends ShardPosition {
  readonly source: ByteSource;
  readonly header: GgufHeader;
}

// Returns the shard in `source` first, then the other shards in order.
async function openShards(source: ByteSource, open: OpenSource | undefined): Promise<Shard[]> {
  const header = await readGgufMetadata(source);
  const position = readShardPosition(source.name, header.metadata);
  const shards: Shard[] = [{ ...position, source, header }];
  try {
    for (let index = 0; index < position.count; index++) {
      if (index !== position.index) shards.push(await openShard(source.name, { ...position, index }, open));
    }
  } catch (error) {
    await closeAll(shards.slice(1));
    throw error;
  }
  return shards;
}

async function openShard(
  sourceName: string,
  position: ShardPosition,
  open: OpenSource | undefined,
): Promise<Shard> {
  const path = shardPath(sourceName, position);
  if (path === undefined || open === undefined) {
    const message = `it is one of ${position.count} files, and its name does not identify the others`;
    throw badGguf(sourceName, message, 'put all parts into one folder, named NAME-00001-of-0000N.gguf');
  }
  const source = await open(path);
  try {
    const header = await readGgufMetadata(source);
    const { index, count } = readShardPosition(path, header.metadata);
    if (index !== position.index || count !== position.count)
      throw badGguf(path, `it is shard ${index} of ${count}, not ${position.index} of ${position.count}`);
    return { ...position, source, header };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function closeAll(shards: readonly Shard[]): Promise<void> {
  for (const { source } of shards) await source.close();
}

/** Reads the tokenizer only. The file may have any architecture, and needs no tensors. */
export async function openGgufTokenizer(source: ByteSource): Promise<TokenizerVocabulary> {
  const { metadata } = await readGgufMetadata(source);
  return readGgufTokenizer(source.name, metadata);
}

async function addTensors(
  storedTensors: Map<string, StoredTensor>,
  family: FamilyFormat,
  { source, header }: Shard,
): Promise<void> {
  for (const { name: ggufName, dtype, shape, offset, byteLength } of await readGgufTensors(source, header)) {
    const name = ROPE_TABLE_NAMES.has(ggufName) ? ggufName : translateGgufName(source.name, family, ggufName);
    if (name === undefined) continue;
    if (storedTensors.has(name)) throw badGguf(source.name, `tensor ${ggufName} is also in another shard`);
    storedTensors.set(name, { info: { name, dtype, shape, byteLength }, source, offset });
  }
}

// The tables of rotary factors, which become part of the config. The converter computes the first one for Llama 3.
const ROPE_TABLES = {
  factors: 'rope_freqs.weight',
  shortFactors: 'rope_factors_short.weight',
  longFactors: 'rope_factors_long.weight',
} as const satisfies Record<keyof RopeTables, string>;
const ROPE_TABLE_NAMES: ReadonlySet<string> = new Set(Object.values(ROPE_TABLES));
const MAX_ROPE_FREQUENCIES = 1024;

async function readFacts(
  source: string,
  family: FamilyFormat,
  tensors: ReadonlyMap<string, TensorInfo>,
  readInto: ModelFile['readInto'],
): Promise<ConfigFromTensors> {
  const vocabSize = tensors.get(embeddingName(family.tensors))?.shape[0];
  if (vocabSize === undefined) {
    const hint = 'a file with a vocabulary only can tokenize but not generate: use a complete model';
    throw new QuireError('missing_tensor', `${source} has no tensor token_embd.weight`, hint);
  }
  const bounds = tensorBounds([...tensors.values()].map(({ shape }) => shape));
  const ropeTables: { -readonly [Table in keyof RopeTables]: RopeTables[Table] } = {};
  for (const [table, name] of Object.entries(ROPE_TABLES) as [keyof RopeTables, string][]) {
    const info = tensors.get(name);
    if (info !== undefined) ropeTables[table] = await readRopeTable(source, info, readInto);
  }
  return { bounds, vocabSize, tiedEmbeddings: !tensors.has(headName(family.tensors)), ropeTables };
}

async function readRopeTable(
  source: string,
  { name, dtype, shape, byteLength }: TensorInfo,
  readInto: ModelFile['readInto'],
): Promise<readonly number[]> {
  if (dtype !== 'F32' || shape.length !== 1 || byteLength > 4 * MAX_ROPE_FREQUENCIES)
    throw badGguf(source, `${name} is ${dtype} [${shape.join(', ')}]`);
  const factors = new Float32Array(byteLength / 4);
  await readInto(name, new Uint8Array(factors.buffer));
  if (!factors.every((factor) => factor > 0 && Number.isFinite(factor)))
    throw badGguf(source, `${name} has a factor that is not above 0`);
  return [...factors];
}
