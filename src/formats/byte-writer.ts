// Little-endian values appended to a buffer that grows: the counterpart of the sequential reader.

export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  uint8(value: number): void {
    this.#view.setUint8(this.#room(1), value);
  }

  int8(value: number): void {
    this.#view.setInt8(this.#room(1), value);
  }

  uint16(value: number): void {
    this.#view.setUint16(this.#room(2), value, true);
  }

  int16(value: number): void {
    this.#view.setInt16(this.#room(2), value, true);
  }

  uint32(value: number): void {
    this.#view.setUint32(this.#room(4), value, true);
  }

  int32(value: number): void {
    this.#view.setInt32(this.#room(4), value, true);
  }

  uint64(value: number): void {
    this.#view.setBigUint64(this.#room(8), BigInt(value), true);
  }

  int64(value: number): void {
    this.#view.setBigInt64(this.#room(8), BigInt(value), true);
  }

  float32(value: number): void {
    this.#view.setFloat32(this.#room(4), value, true);
  }

  float64(value: number): void {
    this.#view.setFloat64(this.#room(8), value, true);
  }

  bytes(values: Uint8Array): void {
    const start = this.#room(values.byteLength);
    this.#bytes.set(values, start);
  }

  /** Zeros up to a multiple of `alignment`. */
  align(alignment: number): void {
    this.#room((alignment - (this.#length % alignment)) % alignment);
  }

  /** What was written, as a copy. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  // Returns where the next `count` bytes go.
  #room(count: number): number {
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
