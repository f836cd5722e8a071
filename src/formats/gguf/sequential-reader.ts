// Reads a byte source sequentially through a window of bounded size, so that a header of any length can be parsed
// without loading the file. The caller awaits `load` and then reads values from the window synchronously. The caller
// must first compare each length with `remaining`, so that no memory is allocated for bytes that the source does not
// contain.

import type { ByteSource } from '../byte-source.ts';

const WINDOW_BYTES = 1024 * 1024;
export const STRING_LENGTH_BYTES = 8;

export class SequentialReader {
  readonly #source: ByteSource;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  // offset of the window in the source
  #windowOffset = 0;
  // offset of the next byte in the window
  #cursor = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Number of bytes read so far. */
  get position(): number {
    return this.#windowOffset + this.#cursor;
  }

  /** Number of bytes of the source that have not been read. */
  get remaining(): number {
    return this.#source.size - this.position;
  }

  /** Returns whether the window contains the next `count` bytes. */
  isLoaded(count: number): boolean {
    return this.#cursor + count <= this.#bytes.byteLength;
  }

  /** Loads the next `count` bytes into the window. The caller must ensure that the source contains them. */
  async load(count: number): Promise<void> {
    if (this.isLoaded(count)) return;
    const start = this.position;
    const length = Math.min(this.#source.size - start, Math.max(count, WINDOW_BYTES));
    const bytes = new Uint8Array(length);
    await this.#source.readInto(start, bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#windowOffset = start;
    this.#cursor = 0;
  }

  /** Returns the next `count` bytes as a view. */
  readBytes(count: number): Uint8Array {
    return this.#bytes.subarray(this.#advance(count), this.#cursor);
  }

  /**
   * Moves behind strings that are completely in the window, each after its length in eight bytes. Returns the number of strings, at most
   * `maxCount`.
   */
  skipStrings(maxCount: number): number {
    // A loop without calls, because a vocabulary has hundreds of thousands of strings.
    const view = this.#view;
    const lastLength = view.byteLength - STRING_LENGTH_BYTES;
    let end = this.#cursor;
    for (let count = 0; ; count++) {
      this.#cursor = end;
      if (count === maxCount || end > lastLength) return count;
      end += STRING_LENGTH_BYTES + view.getUint32(end, true) + view.getUint32(end + 4, true) * 2 ** 32;
      if (end > view.byteLength) return count;
    }
  }

  /** Returns the bytes from `position` to the next byte. The window must contain them. They stay valid after the next `load`. */
  bytesSince(position: number): Uint8Array {
    return this.#bytes.subarray(position - this.#windowOffset, this.#cursor);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  int8(): number {
    return this.#view.getInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int16(): number {
    return this.#view.getInt16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** Exact up to 2^53. Larger values are rounded: callers compare them with file sizes, which are smaller. */
  uint64(): number {
    const value = this.peekUint64();
    this.#cursor += 8;
    return value;
  }

  /** Returns the next `uint64` without reading it. */
  peekUint64(): number {
    return this.#view.getUint32(this.#cursor + 4, true) * 2 ** 32 + this.#view.getUint32(this.#cursor, true);
  }

  int64(): number {
    return Number(this.#view.getBigInt64(this.#advance(8), true));
  }

  float32(): number {
    return this.#view.getFloat32(this.#advance(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  // Returns the offset of the read bytes in the window.
  #advance(count: number): number {
    const start = this.#cursor;
    this.#cursor += count;
    return start;
  }
}
