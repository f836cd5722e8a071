// An executable without arithmetic: its KV memory holds tokens, and the next token is a hash of all tokens
// that the block table leads to. Whatever a scheduler or a cache confuses comes out as another token.

import type { StepPlan } from '../../src/base/step-plan.ts';

export class SimulatedExecutable {
  readonly #memory: Int32Array; // [blocks, blockSize] tokens
  readonly #blockSize: number;

  constructor(blocks: number, blockSize: number) {
    this.#memory = new Int32Array(blocks * blockSize).fill(-1);
    this.#blockSize = blockSize;
  }

  /** The token, 0 to 6, that follows `tokens`. */
  static next(tokens: ArrayLike<number>): number {
    let hash = 17;
    for (let i = 0; i < tokens.length; i++) hash = (Math.imul(hash, 31) + tokens[i]! + 1) | 0;
    return Math.abs(hash % 7);
  }

  /** @returns the chosen tokens. [R] */
  step(plan: Omit<StepPlan, 'selection' | 'wantLogits'>): Int32Array {
    const { copies, tokens, positions, queryStart, logitsRows } = plan;
    for (let i = 0; i < copies.length; i += 2) {
      const from = copies[i]! * this.#blockSize;
      this.#memory.copyWithin(copies[i + 1]! * this.#blockSize, from, from + this.#blockSize);
    }
    const sequenceOf = (row: number): number => queryStart.findLastIndex((start) => start <= row);
    tokens.forEach((token, row) => {
      this.#memory[this.#slot(plan, sequenceOf(row), positions[row]!)] = token;
    });
    return logitsRows.map((row) => {
      const length = positions[row]! + 1;
      const s = sequenceOf(row);
      return SimulatedExecutable.next(
        Int32Array.from({ length }, (_, position) => this.#memory[this.#slot(plan, s, position)]!),
      );
    });
  }

  #slot(plan: Pick<StepPlan, 'blockTable' | 'maxBlocks'>, s: number, position: number): number {
    const entry = s * plan.maxBlocks + Math.floor(position / this.#blockSize);
    return plan.blockTable[0]![entry]! * this.#blockSize + (position % this.#blockSize);
  }
}
