// Appends little-endian values to a growing buffer: the counterpart of gguf/sequential-reader.ts.

export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  uint8(value: number): void {
    const offset = this.#reserve(1);
    this.#view.setUint8(offset, value);
  }

  int8(value: number): void {
    const offset = this.#reserve(1);
    this.#view.setInt8(offset, value);
  }

  uint16(value: number): void {
    const offset = this.#reserve(2);
    this.#view.setUint16(offset, value, true);
  }

  int16(value: number): void {
    const offset = this.#reserve(2);
    this.#view.setInt16(offset, value, true);
  }

  uint32(value: number): void {
    const offset = this.#reserve(4);
    this.#view.setUint32(offset, value, true);
  }

  int32(value: number): void {
    const offset = this.#reserve(4);
    this.#view.setInt32(offset, value, true);
  }

  uint64(value: number): void {
    const offset = this.#reserve(8);
    this.#view.setBigUint64(offset, BigInt(value), true);
  }

  int64(value: number): void {
    const offset = this.#reserve(8);
    this.#view.setBigInt64(offset, BigInt(value), true);
  }

  float32(value: number): void {
    const offset = this.#reserve(4);
    this.#view.setFloat32(offset, value, true);
  }

  float64(value: number): void {
    const offset = this.#reserve(8);
    this.#view.setFloat64(offset, value, true);
  }

  bytes(values: Uint8Array): void {
    const start = this.#reserve(values.byteLength);
    this.#bytes.set(values, start);
  }

  /** Pads with zeros to a multiple of `alignment`. */
  align(alignment: number): void {
    this.#reserve((alignment - (this.#length % alignment)) % alignment);
  }

  /** Returns a copy of the bytes written so far. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  // Returns the offset of the next `count` bytes. It may replace the view, so call it before using the view.
  #reserve(count: number): number {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return start;
  }
}
