// Reads a byte source front to back through a window of bounded size, so that a header of any length is
// parsed without holding the file. Values are taken synchronously once their bytes are in the window; the
// caller awaits `need` first. Nothing is allocated that the source does not hold: a length is compared with
// the bytes that remain before it is believed.

import type { ByteSource } from '../byte-source.ts';

const WINDOW_BYTES = 1024 * 1024;

export class SequentialReader {
  readonly #source: ByteSource;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  // where the window starts in the source
  #windowOffset = 0;
  // next byte to take, in the window
  #cursor = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#windowOffset + this.#cursor;
  }

  /** Bytes that the source still has. */
  get remaining(): number {
    return this.#source.size - this.position;
  }

  has(count: number): boolean {
    return this.#cursor + count <= this.#bytes.byteLength;
  }

  /** Brings the next `count` bytes into the window; the caller has checked that they exist. */
  async need(count: number): Promise<void> {
    if (this.has(count)) return;
    const start = this.position;
    const length = Math.min(this.#source.size - start, Math.max(count, WINDOW_BYTES));
    const bytes = new Uint8Array(length);
    await this.#source.readInto(start, bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#windowOffset = start;
    this.#cursor = 0;
  }

  /** The next `count` bytes as a view, valid until the next `need`. */
  take(count: number): Uint8Array {
    return this.#bytes.subarray(this.#advance(count), this.#cursor);
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

  /** Exact up to 2^53, else rounded: callers compare it with sizes of files, which are smaller. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
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

  // Returns where the taken bytes begin.
  #advance(count: number): number {
    const start = this.#cursor;
    this.#cursor += count;
    return start;
  }
}
