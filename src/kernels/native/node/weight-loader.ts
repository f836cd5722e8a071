// Loads weights from a file into the addon, some rows at a time: while all threads pack one part into panels, the
// next part is read into the other of two buffers. No tensor is therefore in memory twice, however large it is.

import { byteLength, DTYPE_NAMES, DTYPES } from '../../../base/model/dtypes.ts';
import type { Weight } from '../../../program/program.ts';
import type { WeightSource } from '../../backend.ts';
import type { WeightHandle } from '../tape-words.ts';
import type { Addon, NativeWeights } from './addon.ts';
import { nativeError } from './native-error.ts';

const PART_BYTES = 8 * 2 ** 20;
const PART_ROWS = 64; // parts start at a multiple of it; a multiple of every panel size

/** A slice of a tensor is stored once, however many operations use it. */
export const keyOf = ({ tensor, rowOffset, rows }: Weight): string => `${rowOffset} ${rows} ${tensor}`;

export class WeightLoader {
  readonly native: NativeWeights;
  readonly #addon: Addon;
  readonly #threads: number;
  readonly #handles = new Map<string, WeightHandle>();
  readonly #buffers = [new Uint8Array(0), new Uint8Array(0)];
  readonly #packing: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  #bufferIndex = 0;

  constructor(addon: Addon, native: NativeWeights, threads: number) {
    this.#addon = addon;
    this.native = native;
    this.#threads = threads;
  }

  /**
   * Loads one tensor; all of `slices` are rows of it.
   * @param onPart called with the size of each part that was read
   */
  async load(
    slices: readonly Weight[],
    source: WeightSource,
    onPart: (bytes: number) => void,
  ): Promise<void> {
    const { tensor, dtype, columns } = slices[0]!;
    const fresh = slices.filter((slice, i) => slices.findIndex((one) => keyOf(one) === keyOf(slice)) === i);
    const total = source.byteLength(tensor);
    const rowBytes = byteLength(DTYPES[dtype], columns);
    const partBytes = partSize(fresh, rowBytes, total);
    for (const slice of fresh.filter(({ columns }) => columns > 1)) this.#addMatrix(slice);
    for (let from = 0; from < total; from += partBytes) {
      const part = await this.#read(source, tensor, {
        from,
        bytes: Math.min(partBytes, total - from),
        partBytes,
      });
      onPart(part.byteLength);
      const packed = fresh.map((slice) => this.#loadSlice(slice, part, { from, rowBytes }));
      this.#packing[this.#bufferIndex] = Promise.all(packed);
      this.#bufferIndex = 1 - this.#bufferIndex;
    }
  }

  /** Returns the handle of each slice, by `keyOf`, when all are packed. */
  async handles(): Promise<ReadonlyMap<string, WeightHandle>> {
    await Promise.all(this.#packing);
    return this.#handles;
  }

  async #read(
    source: WeightSource,
    tensor: string,
    { from, bytes, partBytes }: { from: number; bytes: number; partBytes: number },
  ): Promise<Uint8Array> {
    const index = this.#bufferIndex;
    await this.#packing[index]; // of what the buffer held before
    if (this.#buffers[index]!.byteLength < bytes) this.#buffers[index] = new Uint8Array(partBytes);
    const part = this.#buffers[index]!.subarray(0, bytes);
    await source.readInto(tensor, part, from);
    return part;
  }

  #addMatrix(slice: Weight): void {
    const { rows, columns, dtype } = slice;
    const index = rethrowNative(() =>
      this.#addon.addMatrix(this.native, DTYPE_NAMES.indexOf(dtype), rows, columns),
    );
    this.#handles.set(keyOf(slice), { kind: 'matrix', index });
  }

  // Packs the rows of a slice that are in a part.
  #loadSlice(
    slice: Weight,
    part: Uint8Array,
    { from, rowBytes }: { from: number; rowBytes: number },
  ): Promise<void> | undefined {
    const { rows, rowOffset, columns, dtype } = slice;
    if (columns === 1) return this.#addVector(slice, part.subarray(byteLength(DTYPES[dtype], rowOffset)));
    const firstRow = from / rowBytes;
    const first = Math.max(firstRow, rowOffset);
    const last = Math.min(firstRow + part.byteLength / rowBytes, rowOffset + rows);
    if (first >= last) return undefined;
    const handle = this.#handles.get(keyOf(slice))!;
    const bytes = part.subarray((first - firstRow) * rowBytes, (last - firstRow) * rowBytes);
    return this.#addon.pack(this.native, handle.index, bytes, this.#threads, first - rowOffset);
  }

  #addVector(slice: Weight, bytes: Uint8Array): undefined {
    const { rows, dtype } = slice;
    const index = rethrowNative(() =>
      this.#addon.addVector(this.native, DTYPE_NAMES.indexOf(dtype), bytes, rows),
    );
    this.#handles.set(keyOf(slice), { kind: 'vector', index });
  }
}

// Vectors are loaded whole, as are tensors with slices that do not start at a panel boundary.
function partSize(slices: readonly Weight[], rowBytes: number, total: number): number {
  if (slices.some(({ columns, rowOffset }) => columns === 1 || rowOffset % PART_ROWS !== 0)) return total;
  const rows = Math.floor(PART_BYTES / rowBytes / PART_ROWS) * PART_ROWS;
  return Math.min(total, Math.max(PART_ROWS, rows) * rowBytes);
}

function rethrowNative<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw nativeError(error);
  }
}
