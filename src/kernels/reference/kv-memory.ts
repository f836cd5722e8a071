// The KV blocks of a layer group: [blocks][layers][key, value][blockSize][kvHeads][headDim]; for int8, also a scale for each
// token and head. Elements are rounded once, when they are stored.

import { bf16Table, f16Table, numberToBf16, numberToF16 } from '../../base/model/half.ts';
import {
  type KvDtype,
  type KvGroup,
  type KvLayout,
  kvBlockElements,
  kvBlockScales,
} from '../../base/model/kv-layout.ts';

type Elements = Float32Array | Uint16Array | Int8Array;

const ARRAY_TYPES: Readonly<Record<KvDtype, new (length: number) => Elements>> = {
  f32: Float32Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  int8: Int8Array,
};

const MIN_NORMAL = 2 ** -126; // of f32

export class KvMemory {
  readonly dtype: KvDtype;
  readonly data: Elements;
  /** one scale for each token and head; empty for dtypes without scales */
  readonly scales: Float32Array;
  readonly blockElements: number;
  readonly #headDim: number;
  readonly #blockScales: number;

  constructor(layout: KvLayout, group: KvGroup, blocks: number) {
    this.dtype = layout.dtype;
    this.blockElements = kvBlockElements(layout, group);
    this.#blockScales = kvBlockScales(layout, group);
    this.#headDim = group.headDim;
    this.data = new ARRAY_TYPES[layout.dtype](blocks * this.blockElements);
    this.scales = new Float32Array(blocks * this.#blockScales);
  }

  /** Stores `count` elements of `from`, from index `start` on, at element `at`. `count` is a multiple of the head size. */
  store(at: number, from: Float32Array, start: number, count: number): void {
    const { data, dtype } = this;
    if (dtype === 'int8') return this.#storeScaled(at, from, start, count);
    const round = dtype === 'f16' ? numberToF16 : dtype === 'bf16' ? numberToBf16 : Number;
    for (let i = 0; i < count; i++) data[at + i] = round(from[start + i]!);
  }

  /** Decodes `count` elements, from element `at` on, to `target`, from index `to` on. `count` is a multiple of the head size. */
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
    const blockScales = this.#blockScales;
    scales.copyWithin(to * blockScales, from * blockScales, (from + 1) * blockScales);
  }

  readBlock(block: number): Uint8Array {
    const parts = this.#partsOf(block);
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
    let offset = 0;
    for (const part of parts) {
      bytes.set(part, offset);
      offset += part.byteLength;
    }
    return bytes;
  }

  writeBlock(block: number, bytes: Uint8Array): void {
    let offset = 0;
    for (const part of this.#partsOf(block)) {
      part.set(bytes.subarray(offset, offset + part.byteLength));
      offset += part.byteLength;
    }
  }

  // The bytes of the elements and of the scales of a block.
  #partsOf(block: number): Uint8Array[] {
    const blockBytes = (array: Elements, length: number): Uint8Array => {
      const part = array.subarray(block * length, (block + 1) * length);
      return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    };
    return [blockBytes(this.data, this.blockElements), blockBytes(this.scales, this.#blockScales)];
  }

  // Scales each head so that its largest magnitude becomes 127. Ties are rounded away from zero.
  #storeScaled(at: number, from: Float32Array, start: number, count: number): void {
    const size = this.#headDim;
    for (let head = 0; head < count; head += size) {
      let largest = 0;
      for (let i = head; i < head + size; i++) largest = Math.max(largest, Math.abs(from[start + i]!));
      const scale = Math.fround(largest / 127);
      const inverse = scale >= MIN_NORMAL ? Math.fround(1 / scale) : 0;
      this.scales[(at + head) / size] = scale;
      for (let i = head; i < head + size; i++) {
        const quotient = Math.fround(from[start + i]! * inverse);
        this.data[at + i] = Math.sign(quotient) * Math.min(127, Math.floor(Math.abs(quotient) + 0.5));
      }
    }
  }
}
