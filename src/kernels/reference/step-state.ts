// The state of a reference executable: the tape (the compiled list of operations), a view of the arena for each buffer, the
// KV blocks, the weight vectors converted to doubles, and the plan of the current step. Memory is allocated once; a step only replaces the plan.

import type { KvLayout } from '../../base/model/kv-layout.ts';
import type { StepPlan, StepResult } from '../../base/step/step-plan.ts';
import type { LoraMatrices } from '../../program/lora.ts';
import type { Tape, TapeBuffer } from '../../program/tape.ts';
import { KvMemory } from './kv-memory.ts';
import { type MatrixRows, matrixRows, type StoredTensors, vectorOf } from './weights.ts';

export interface QuantizedRows {
  readonly values: Int8Array; // [row capacity, width]
  readonly scales: Float32Array; // [row capacity, width / 32]
}

/** The matrices of an adapter for one linear layer. */
interface Lora {
  readonly a: MatrixRows;
  readonly b: MatrixRows;
  readonly scale: number;
}

/** An adapter as data. */
export interface StoredAdapter {
  readonly tensors: StoredTensors;
  readonly matrices: readonly LoraMatrices[];
}

export class StepState {
  readonly tape: Tape;
  readonly layout: KvLayout;
  readonly kv: readonly KvMemory[];
  readonly contextLength: number;
  plan!: StepPlan;
  /** number of tokens and number of rows of logits of the step */
  tokens = 0;
  rows = 0;
  /** the result of `select` in this step */
  selection: Omit<StepResult, 'stepMs'> | undefined;
  /** the result of `readRows` in this step */
  vectors: Float32Array | undefined;
  #scratch = new Float64Array(0);
  readonly #arena: ArrayBuffer;
  readonly #tensors: StoredTensors;
  readonly #floats = new Map<number, Float32Array>();
  readonly #quantized = new Map<number, QuantizedRows>();
  readonly #matrices = new Map<number, MatrixRows>();
  readonly #vectors = new Map<number, Float64Array>();
  // for each slot, by target
  readonly #adapters = new Map<number, ReadonlyMap<number, Lora>>();
  /** slot of the adapter of each token */
  #slots: readonly number[] = [];

  constructor(
    tape: Tape,
    tensors: StoredTensors,
    layout: KvLayout,
    blocks: readonly number[],
    contextLength: number,
  ) {
    this.tape = tape;
    this.layout = layout;
    this.contextLength = contextLength;
    this.#tensors = tensors;
    this.#arena = new ArrayBuffer(tape.arenaBytes);
    this.kv = layout.groups.map((group, index) => new KvMemory(layout, group, blocks[index]!));
  }

  /** Starts a step. */
  begin(plan: StepPlan): void {
    this.plan = plan;
    this.tokens = plan.tokens.length;
    this.rows = plan.logitsRows.length;
    this.selection = undefined;
    this.vectors = undefined;
    this.#slots = [...plan.adapter].flatMap((slot, s) =>
      new Array<number>(plan.queryStart[s + 1]! - plan.queryStart[s]!).fill(slot),
    );
  }

  /** Sets the adapter of a slot. */
  setAdapter(slot: number, adapter: StoredAdapter | undefined): void {
    this.#adapters.delete(slot);
    if (adapter === undefined) return;
    const { tensors, matrices } = adapter;
    const loras = matrices.map(({ target, a, b, scale }) => {
      const rows = { a: matrixRows(a, tensors), b: matrixRows(b, tensors) };
      return [target, { ...rows, scale: Math.fround(scale) }] as const;
    });
    this.#adapters.set(slot, new Map(loras));
  }

  /** Returns the matrices that the adapter of row `row` of a value has for a target. */
  loraOf(value: number, row: number, target: number): Lora | undefined {
    const token = this.#buffer(value).rows === 'T' ? row : this.plan.logitsRows[row]!;
    return this.#adapters.get(this.#slots[token]!)?.get(target);
  }

  rowsOf(id: number): number {
    return this.#buffer(id).rows === 'T' ? this.tokens : this.rows;
  }

  widthOf(id: number): number {
    return this.#buffer(id).width;
  }

  isQuantized(id: number): boolean {
    return this.#buffer(id).dtype === 'q8';
  }

  /**
   * Returns the floats of a buffer, [row capacity, width]. For a quantized buffer, this is a separate array, which an
   * operation fills before it quantizes the result.
   */
  floats(id: number): Float32Array {
    return getOrCreate(this.#floats, id, () => {
      const buffer = this.#buffer(id);
      if (buffer.dtype === 'q8') return new Float32Array(this.#capacity(buffer) * buffer.width);
      return new Float32Array(this.#arena, buffer.offset, this.#capacity(buffer) * buffer.width);
    });
  }

  quantized(id: number): QuantizedRows {
    return getOrCreate(this.#quantized, id, () => {
      const buffer = this.#buffer(id);
      const elements = this.#capacity(buffer) * buffer.width;
      return {
        values: new Int8Array(this.#arena, buffer.offset, elements),
        scales: new Float32Array(this.#arena, buffer.offset + elements, elements / 32),
      };
    });
  }

  matrix(id: number): MatrixRows {
    return getOrCreate(this.#matrices, id, () => matrixRows(this.tape.weights[id]!, this.#tensors));
  }

  vector(id: number): Float64Array {
    return getOrCreate(this.#vectors, id, () => vectorOf(this.tape.weights[id]!, this.#tensors));
  }

  /** Returns scratch memory for one operation with at least `length` elements, whose content is undefined. */
  scratch(length: number): Float64Array {
    if (this.#scratch.length < length) this.#scratch = new Float64Array(length);
    return this.#scratch;
  }

  #buffer(id: number): TapeBuffer {
    return this.tape.buffers[id]!;
  }

  #capacity(buffer: TapeBuffer): number {
    return buffer.rows === 'T' ? this.tape.capacity.tokens : this.tape.capacity.rows;
  }
}

function getOrCreate<Item>(items: Map<number, Item>, id: number, create: () => Item): Item {
  let item = items.get(id);
  if (item === undefined) {
    item = create();
    items.set(id, item);
  }
  return item;
}
