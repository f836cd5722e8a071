// Loads weights from any source into compiled kernels in parts. While their threads pack one part into panels, the next part is
// read into a second buffer. Large tensors are therefore not in memory twice.

import { byteLength, DTYPE_NAMES, DTYPES } from '../../base/model/dtypes.ts';
import type { Weight } from '../../program/program.ts';
import { tensorsOf, type WeightSource } from '../backend.ts';
import type { WeightCalls } from './compiled-calls.ts';
import type { WeightHandle } from './tape-words.ts';

const PART_BYTES = 8 * 2 ** 20;
const PART_ROWS = 64; // the number of rows of a part is a multiple of this, which is a multiple of every panel size

export interface LoadOptions {
  readonly onProgress: ((doneBytes: number, totalBytes: number) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Identifies a slice of a tensor, which is stored once even if several operations use it. */
export const weightKey = ({ tensor, rowOffset, rows }: Weight): string => `${rowOffset} ${rows} ${tensor}`;

/** Loads all weights. Returns their handles by `weightKey`. Rejects with the errors of the source and of the kernels. */
export async function loadWithReads(
  calls: WeightCalls,
  weights: readonly Weight[],
  source: WeightSource,
  { onProgress, signal }: LoadOptions,
): Promise<ReadonlyMap<string, WeightHandle>> {
  const { names, totalBytes } = tensorsOf(weights, source);
  const loader = new WeightLoader(calls);
  let doneBytes = 0;
  try {
    for (const name of names) {
      const slices = weights.filter(({ tensor }) => tensor === name);
      await loader.load(slices, source, (bytes) => {
        signal?.throwIfAborted();
        doneBytes += bytes;
        onProgress?.(doneBytes, totalBytes);
      });
    }
    const handles = await loader.handles();
    signal?.throwIfAborted();
    return handles;
  } catch (error) {
    await loader.settled(); // the buffers are in use until then
    throw error;
  }
}

class WeightLoader {
  readonly #calls: WeightCalls;
  readonly #handles = new Map<string, WeightHandle>();
  readonly #buffers: Uint8Array[] = [new Uint8Array(0), new Uint8Array(0)];
  readonly #packing: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  #bufferIndex = 0;

  constructor(calls: WeightCalls) {
    this.#calls = calls;
  }

  /**
   * Loads the slices of one tensor.
   * @param onPart is called with the size of each part that was read
   */
  async load(
    slices: readonly Weight[],
    source: WeightSource,
    onPart: (bytes: number) => void,
  ): Promise<void> {
    const { tensor, dtype, columns } = slices[0]!;
    const uniqueSlices = slices.filter(
      (slice, i) => slices.findIndex((other) => weightKey(other) === weightKey(slice)) === i,
    );
    const totalBytes = source.byteLength(tensor);
    const rowBytes = byteLength(DTYPES[dtype], columns);
    const partBytes = choosePartBytes(uniqueSlices, rowBytes, totalBytes);
    for (const slice of uniqueSlices) if (slice.kind === 'matrix') await this.#addMatrix(slice);
    for (let from = 0; from < totalBytes; from += partBytes) {
      const part = await this.#read(source, tensor, {
        from,
        bytes: Math.min(partBytes, totalBytes - from),
        partBytes,
      });
      onPart(part.byteLength);
      const packed = uniqueSlices.map((slice) => this.#loadSlice(slice, part, { from, rowBytes }));
      const packing = Promise.all(packed);
      packing.catch(() => undefined); // reported when the buffer is used again, or by `handles`
      this.#packing[this.#bufferIndex] = packing;
      this.#bufferIndex = 1 - this.#bufferIndex;
    }
  }

  /** Waits until no part is being packed, also after an error. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#packing);
  }

  /** Waits until all slices are packed. Returns their handles by `weightKey`. */
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
    await this.#packing[index]; // the previous part in this buffer must be packed
    if (this.#buffers[index]!.byteLength < bytes)
      this.#buffers[index] = await this.#calls.allocateBuffer(partBytes);
    const part = this.#buffers[index]!.subarray(0, bytes);
    await source.readInto(tensor, part, from);
    return part;
  }

  async #addMatrix(slice: Weight): Promise<void> {
    const { rows, columns, dtype } = slice;
    const index = await this.#calls.addMatrix(DTYPE_NAMES.indexOf(dtype), rows, columns);
    this.#handles.set(weightKey(slice), { kind: 'matrix', index });
  }

  // Packs the rows of a slice that a part contains.
  #loadSlice(
    slice: Weight,
    part: Uint8Array,
    { from, rowBytes }: { from: number; rowBytes: number },
  ): Promise<void> | undefined {
    const { kind, rows, rowOffset, dtype } = slice;
    if (kind === 'vector') return this.#addVector(slice, part.subarray(byteLength(DTYPES[dtype], rowOffset)));
    const partStart = from / rowBytes;
    const start = Math.max(partStart, rowOffset);
    const end = Math.min(partStart + part.byteLength / rowBytes, rowOffset + rows);
    if (start >= end) return undefined;
    const handle = this.#handles.get(weightKey(slice))!;
    const bytes = part.subarray((start - partStart) * rowBytes, (end - partStart) * rowBytes);
    return this.#calls.pack(handle.index, bytes, start - rowOffset);
  }

  async #addVector(slice: Weight, bytes: Uint8Array): Promise<void> {
    const { rows, dtype } = slice;
    const index = await this.#calls.addVector(DTYPE_NAMES.indexOf(dtype), bytes, rows);
    this.#handles.set(weightKey(slice), { kind: 'vector', index });
  }
}

// Returns the size of the parts. A tensor is loaded as one part if it is a vector or if a slice does not start at a panel
// boundary.
function choosePartBytes(slices: readonly Weight[], rowBytes: number, totalBytes: number): number {
  if (slices.some(({ kind, rowOffset }) => kind === 'vector' || rowOffset % PART_ROWS !== 0))
    return totalBytes;
  const rows = Math.floor(PART_BYTES / rowBytes / PART_ROWS) * PART_ROWS;
  return Math.min(totalBytes, Math.max(PART_ROWS, rows) * rowBytes);
}
