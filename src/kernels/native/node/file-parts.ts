// The parts of files that the addon reads to load weights. A thread claims a part, reads it in pieces that remain in the cache of its
// processor, and packs them.

import { byteLength, DTYPE_NAMES, DTYPES } from '../../../base/model/dtypes.ts';
import type { FileRange } from '../../../base/model/model-file.ts';
import type { Weight } from '../../../program/program.ts';
import type { ByteRange } from '../../backend.ts';

// Several pages of 2 MiB, because two threads that write to the same new page both clear it.
const PART_BYTES = 8 * 2 ** 20;
const PANEL_ROWS = 64; // a multiple of the rows of every panel

/** The order of PartKind in native/src/file-load.h. */
const KIND = { matrix: 0, vector: 1, sample: 2 } as const;

/** A part, for the message if it cannot be read. */
interface PartSource {
  readonly tensor: string;
  readonly file: string;
  /** first byte after the part */
  readonly end: number;
}

export class FileParts {
  /** bytes of all samples */
  sampleBytes = 0;
  readonly #sources: PartSource[] = [];
  // the fields of FilePart in native/src/file-load.h
  readonly #numbers: number[] = [];
  readonly #descriptors: number[] = [];

  /** Adds the rows of a slice. @param index of the matrix */
  addMatrix({ tensor, dtype, rows, columns, rowOffset }: Weight, range: FileRange, index: number): void {
    const rowBytes = byteLength(DTYPES[dtype], columns);
    const partRows = Math.max(1, Math.floor(PART_BYTES / rowBytes / PANEL_ROWS)) * PANEL_ROWS;
    for (let row = 0; row < rows; row += partRows) {
      const part = { from: (rowOffset + row) * rowBytes, bytes: Math.min(partRows, rows - row) * rowBytes };
      this.#add(tensor, range, part, [KIND.matrix, index, row, 0]);
    }
  }

  /** Adds the elements of a slice. @param index of the vector */
  addVector({ tensor, dtype, rows, rowOffset }: Weight, range: FileRange, index: number): void {
    const { blockElements } = DTYPES[dtype];
    const elements = Math.ceil(rows / blockElements) * blockElements;
    const part = { from: byteLength(DTYPES[dtype], rowOffset), bytes: byteLength(DTYPES[dtype], elements) };
    this.#add(tensor, range, part, [KIND.vector, index, 0, DTYPE_NAMES.indexOf(dtype)]);
  }

  /** Adds the samples of a tensor after those of the previous one. */
  addSamples(tensor: string, range: FileRange, samples: readonly ByteRange[]): void {
    for (const sample of samples) {
      this.#add(tensor, range, sample, [KIND.sample, 0, this.sampleBytes, 0]);
      this.sampleBytes += sample.bytes;
    }
  }

  /** Returns the parts as `createFileLoad` expects them. */
  numbers(): Float64Array {
    return Float64Array.from(this.#numbers);
  }

  descriptors(): Int32Array {
    return Int32Array.from(this.#descriptors);
  }

  sourceOf(part: number): PartSource {
    return this.#sources[part]!;
  }

  #add(
    tensor: string,
    { file, descriptor, offset }: FileRange,
    { from, bytes }: ByteRange,
    [kind, index, position, type]: readonly [kind: number, index: number, position: number, type: number],
  ): void {
    let fileIndex = this.#descriptors.indexOf(descriptor);
    if (fileIndex < 0) fileIndex = this.#descriptors.push(descriptor) - 1;
    this.#numbers.push(kind, fileIndex, offset + from, bytes, index, position, type);
    this.#sources.push({ tensor, file, end: offset + from + bytes });
  }
}
