// Collects the pairs of matrices of an adapter and checks their shapes.

import {
  type AdapterFile,
  type AdapterModule,
  type AdapterTargets,
  MAX_LORA_RANK,
} from '../../base/model/adapter-file.ts';
import { DTYPES, type DtypeName } from '../../base/model/dtypes.ts';
import type { RopeLayout } from '../../base/model/model-file.ts';
import type { ByteSource } from '../byte-source.ts';
import { createTensorReader, type StoredTensor } from '../tensor-reader.ts';
import { badAdapter } from './adapter-error.ts';
import { permutedRows, type RowOrder } from './row-order.ts';

/** A matrix of an adapter in a file. */
export interface StoredMatrix {
  /** name in the file, for messages */
  readonly name: string;
  /** name of the layer in the checkpoint of the model, without `.weight` */
  readonly module: string;
  readonly matrix: 'a' | 'b';
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly source: ByteSource;
  readonly offset: number;
  readonly byteLength: number;
}

const DTYPE_NAMES: readonly string[] = ['F32', 'F16', 'BF16'];

interface AdapterParts {
  readonly source: string;
  readonly matrices: readonly StoredMatrix[];
  readonly scaleOf: (module: string, rank: number) => number;
  /** order of the rows of Q and K for which the adapter was saved */
  readonly ropeLayout: RopeLayout | undefined;
  readonly close: () => Promise<void>;
}

/** Returns the adapter for a model. Throws `bad_adapter`. */
export function assembleAdapter(parts: AdapterParts, targets: AdapterTargets): AdapterFile {
  const { source, matrices, scaleOf, close } = parts;
  const stored = new Map<string, StoredTensor>();
  for (const matrix of matrices) {
    const name = tensorName(matrix.module, matrix.matrix);
    if (stored.has(name)) throw badAdapter(source, `${matrix.name} occurs twice`);
    stored.set(name, storedTensor(source, name, matrix));
  }
  const modules = new Map<string, AdapterModule>();
  const orders = new Map<string, RowOrder>();
  for (const module of new Set(matrices.map((matrix) => matrix.module))) {
    const [a, b] = [stored.get(tensorName(module, 'a'))?.info, stored.get(tensorName(module, 'b'))?.info];
    if (a === undefined || b === undefined)
      throw badAdapter(source, `${module} has matrix ${a === undefined ? 'B' : 'A'} only`);
    checkShapes(source, module, a.shape, b.shape, targets.shapeOf(module));
    const scale = scaleOf(module, a.shape[0]!);
    if (!Number.isFinite(scale)) throw badAdapter(source, `the scale of ${module} is not a number`);
    modules.set(module, { a, b, scale });
    const order = permutedRows(module, parts.ropeLayout, targets);
    if (order !== undefined) orders.set(b.name, order);
  }
  if (modules.size === 0) throw badAdapter(source, 'it contains no matrices');
  const readInto = createTensorReader(source, stored);
  return {
    source,
    modules,
    async readInto(tensor, target, from = 0) {
      const order = orders.get(tensor);
      if (order === undefined) return readInto(tensor, target, from);
      const { byteLength } = stored.get(tensor)!.info;
      const rows = new Uint8Array(byteLength);
      await readInto(tensor, rows);
      target.set(order(rows, stored.get(tensor)!.info.shape[0]!).subarray(from, from + target.byteLength));
    },
    close,
  };
}

const tensorName = (module: string, matrix: 'a' | 'b'): string => `${module}.lora_${matrix.toUpperCase()}`;

function storedTensor(source: string, name: string, matrix: StoredMatrix): StoredTensor {
  const { dtype, shape, byteLength, offset } = matrix;
  if (!DTYPE_NAMES.includes(dtype))
    throw badAdapter(source, `${matrix.name} has type ${dtype}, not F32, F16 or BF16`);
  if (shape.length !== 2 || shape.some((size) => size < 1))
    throw badAdapter(source, `${matrix.name} is [${shape.join(', ')}], which is not a matrix`);
  const info = { name, dtype: DTYPES[dtype as DtypeName].name, shape, byteLength };
  return { info, source: matrix.source, offset };
}

function checkShapes(
  source: string,
  module: string,
  [rank = 0, inputs = 0]: readonly number[],
  [outputs = 0, columns = 0]: readonly number[],
  target: readonly [number, number] | undefined,
): void {
  if (target === undefined) throw badAdapter(source, `the model has no linear layer ${module}`, OTHER_MODEL);
  if (rank !== columns)
    throw badAdapter(source, `the matrices of ${module} have the ranks ${rank} and ${columns}`);
  if (rank > MAX_LORA_RANK)
    throw badAdapter(source, `${module} has rank ${rank}, the largest is ${MAX_LORA_RANK}`);
  if (outputs !== target[0] || inputs !== target[1])
    throw badAdapter(
      source,
      `the matrices of ${module} are for a layer of [${outputs}, ${inputs}], but the model's is [${target.join(', ')}]`,
      OTHER_MODEL,
    );
}

const OTHER_MODEL = 'the adapter was made for another model: use it with that one';
