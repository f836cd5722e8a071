// Reads a LoRA adapter in a GGUF, as convert_lora_to_gguf.py of llama.cpp writes it: the tensors `NAME.lora_a` and `NAME.lora_b`
// for tensors NAME of the model, and alpha.

import type { ByteSource } from '../byte-source.ts';
import type { FamilyFormat } from '../family-format.ts';
import { readGgufMetadata } from '../gguf/metadata.ts';
import { readGgufTensors } from '../gguf/tensors.ts';
import { translateGgufName } from '../tensor-names.ts';
import { badAdapter } from './adapter-error.ts';
import type { StoredMatrix } from './adapter-tensors.ts';

export interface GgufAdapter {
  readonly matrices: readonly StoredMatrix[];
  readonly scaleOf: (module: string, rank: number) => number;
  /** 0: the scale is 1 */
  readonly alpha: number;
}

/** Rejects with `bad_gguf` or `bad_adapter`. */
export async function readGgufAdapter(source: ByteSource, family: FamilyFormat): Promise<GgufAdapter> {
  const header = await readGgufMetadata(source);
  const { metadata } = header;
  const expectValue = (key: string, expected: string): void => {
    const value = metadata.get(key);
    if (value !== expected)
      throw badAdapter(source.name, `${key} is ${JSON.stringify(value)}, not "${expected}"`);
  };
  expectValue('general.type', 'adapter');
  expectValue('adapter.type', 'lora');
  if (family.gguf === undefined)
    throw badAdapter(source.name, `GGUF files of ${family.architecture} are not supported`);
  expectValue('general.architecture', family.gguf.architecture);
  const alpha = metadata.get('adapter.lora.alpha') ?? 0;
  if (typeof alpha !== 'number' || !Number.isFinite(alpha))
    throw badAdapter(source.name, 'adapter.lora.alpha is not a number');
  const tensors = await readGgufTensors(source, header);
  return {
    matrices: tensors.map((tensor) => storedMatrix(source, family, tensor)),
    scaleOf: (_module, rank) => (alpha === 0 ? 1 : alpha / rank), // as llama.cpp
    alpha,
  };
}

type Tensor = Omit<StoredMatrix, 'module' | 'matrix' | 'source'>;

function storedMatrix(source: ByteSource, family: FamilyFormat, tensor: Tensor): StoredMatrix {
  const [, base, matrix] = /^(.+)\.lora_([ab])$/.exec(tensor.name) ?? [];
  if (base === undefined)
    throw badAdapter(source.name, `tensor ${tensor.name} is not a matrix of an adapter`);
  const name = translateGgufName(source.name, family, base);
  if (name?.endsWith('.weight') !== true)
    throw badAdapter(source.name, `tensor ${tensor.name} does not belong to a linear layer`);
  return { ...tensor, module: name.slice(0, -'.weight'.length), matrix: matrix === 'a' ? 'a' : 'b', source };
}
