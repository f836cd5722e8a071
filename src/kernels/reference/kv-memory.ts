// KV memory of one group of layers: [blocks][layers][key, value][blockSize][kvHeads][headDim]; for int8, also a scale
// for each token and head. Values are rounded once, when they are appended.

import { bf16Table, f16Table, numberToBf16, numberToF16 } from '../../base/model/half.ts';
import {
  type KvDtype,
  type KvGroup,
  type KvLayout,
  kvBlockElements,
  kvBlockScales,
} from '../../base/model/kv-layout.ts';

type Elements = Float32Array | Uint16Array | Int8Array;

const STORED: Readonly<Record<KvDtype, new (length: number) => Elements>> = {
  f32: Float32Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  int8: Int8Array,
};

const SMALLEST_NORMAL = 2 ** -126; // of f32

export class KvMemory {
  readonly dtype: KvDtype;
  readonly data: Elements;
  /** one per head and slot; empty for dtypes without scales */
  readonly scales: Float32Array;
  readonly blockElements: number;
  readonly #headDim: number;
  readonly #blockScales: number;

  constructor(layout: KvLayout, group: KvGroup, blocks: number) {
    this.dtype = layout.dtype;
    this.blockElements = kvBlockElements(layout, group);
    this.#blockScales = kvBlockScales(layout, group);
    this.#headDim = group.headDim;
    this.data = new STORED[layout.dtype](blocks * this.blockElements);
    this.scales = new Float32Array(blocks * this.#blockScales);
  }

  /** Stores `count` elements (whole heads) at element `at`. */
  append(at: number, from: Float32Array, start: number, count: number): void {
    const { data, dtype } = this;
    if (dtype === 'int8') return this.#appendScaled(at, from, start, count);
    const round = dtype === 'f16' ? numberToF16 : dtype === 'bf16' ? numberToBf16 : Number;
    for (let i = 0; i < count; i++) data[at + i] = round(from[start + i]!);
  }

  /** Writes `count` elements (whole heads) from element `at` to `target`, starting at `to`. */
  decode(at: number, count: number, target: Float32Array, to: number): void {
    const { data, dtype, scales } = this;
    if (dtype === 'int8') {
      const size = this.#headDim;
      for (let i = 0; i < count; i++) target[to + i] = data[at + i]! * scales[Math.floor((at + i) / size)]!;
      return;
    }
    const table = dtype === 'f16' ? f16Table() : bf16Table();
    for (let i = 0; i < count; i++) target[to + i] = dtype === 'f32' ? data[at + i]! : table[data[at + i]!]!;
  }

  copyBlock(from: number, to: number): void {
    const { data, scales, blockElements } = this;
    data.copyWithin(to * blockElements, from * blockElements, (from + 1) * blockElements);
    const each = this.#blockScales;
    scales.copyWithin(to * each, from * each, (from + 1) * each);
  }

  readBlock(block: number): Uint8Array {
    const parts = this.#partsOf(block);
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.byteLength;
    }
    return bytes;
  }

  writeBlock(block: number, bytes: Uint8Array): void {
    let at = 0;
    for (const part of this.#partsOf(block)) {
      part.set(bytes.subarray(at, at + part.byteLength));
      at += part.byteLength;
    }
  }

  #partsOf(block: number): Uint8Array[] {
    const ofBlock = (array: Elements, each: number): Uint8Array => {
      const part = array.subarray(block * each, (block + 1) * each);
      return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    };
    return [ofBlock(this.data, this.blockElements), ofBlock(this.scales, this.#blockScales)];
  }

  // Scales each head so that its largest magnitude becomes 127; rounds half away from zero.
  #appendScaled(at: number, from: Float32Array, start: number, count: number): void {
    const size = this.#headDim;
    for (let head = 0; head < count; head += size) {
      let largest = 0;
      for (let i = head; i < head + size; i++) largest = Math.max(largest, Math.abs(from[start + i]!));
      const scale = Math.fround(largest / 127);
      const inverse = scale >= SMALLEST_NORMAL ? Math.fround(1 / scale) : 0;
      this.scales[(at + head) / size] = scale;
      for (let i = head; i < head + size; i++) {
        const quotient = Math.fround(from[start + i]! * inverse);
        this.data[at + i] = Math.sign(quotient) * Math.min(127, Math.floor(Math.abs(quotient) + 0.5));
      }
    }
  }
}
