// An executable without arithmetic: its KV memory holds tokens, and the next token is a hash of the last few
// tokens that the block table leads to. For each row the whole text in memory must be the one that the scheduler
// means, so whatever a scheduler or a cache confuses is caught at once.

import type { StepPlan } from '../../src/base/step-plan.ts';
import type { ScheduledStep } from '../../src/scheduler/build-step-plan.ts';
import type { Chosen } from '../../src/scheduler/scheduler.ts';

type Layout = ScheduledStep['plan'];

export class TokenMachine {
  readonly #memory: Int32Array; // [blocks, blockSize] tokens
  readonly #blockSize: number;

  constructor(blocks: number, blockSize: number) {
    this.#memory = new Int32Array(blocks * blockSize).fill(-1);
    this.#blockSize = blockSize;
  }

  read(block: number): Int32Array {
    return this.#memory.subarray(block * this.#blockSize, (block + 1) * this.#blockSize);
  }

  write(block: number, content: Int32Array): void {
    this.#memory.set(content, block * this.#blockSize);
  }

  /** The token, 0 to 3, that follows `tokens` in a sample; text of it repeats itself before long. */
  static next(tokens: ArrayLike<number>, choice = 0): number {
    let hash = 17 + 101 * choice;
    for (let i = Math.max(0, tokens.length - 3); i < tokens.length; i++) {
      hash = (Math.imul(hash, 31) + tokens[i]! + 1) | 0;
    }
    return Math.abs(hash ^ (hash >>> 7)) % 4;
  }

  /** @param choiceOf which of several samples a row belongs to, by the id of its sequence */
  step({ plan, rows }: ScheduledStep, choiceOf: (id: number) => number = () => 0): Chosen {
    this.#copy(plan);
    this.#append(plan);
    const selected = Int32Array.from(rows, ({ sequence, tokens }, r) => {
      this.#checkText(plan, plan.logitsRows[r]!, tokens);
      return TokenMachine.next(tokens, choiceOf(sequence.id));
    });
    return { selected, outcomes: rows.map(() => 'chosen' as const) };
  }

  /** A step that fails: its copies are not made, and where it was to write there may be anything. */
  fail({ plan }: ScheduledStep): void {
    plan.positions.forEach((position, row) => {
      this.#memory[this.#slot(plan, sequenceOf(plan, row), position)] = -2;
    });
  }

  #copy({ copies }: Layout): void {
    for (let i = 0; i < copies.length; i += 2) {
      const from = copies[i]! * this.#blockSize;
      this.#memory.copyWithin(copies[i + 1]! * this.#blockSize, from, from + this.#blockSize);
    }
  }

  #append(plan: Layout): void {
    const written = new Set<number>();
    plan.tokens.forEach((token, row) => {
      const slot = this.#slot(plan, sequenceOf(plan, row), plan.positions[row]!);
      if (written.has(slot)) throw new Error(`slot ${slot} is written twice in a step`);
      written.add(slot);
      this.#memory[slot] = token;
    });
  }

  #checkText(plan: Layout, row: number, tokens: Int32Array): void {
    const s = sequenceOf(plan, row);
    if (tokens.length !== plan.positions[row]! + 1)
      throw new Error(`row ${row} has a text of another length`);
    tokens.forEach((token, position) => {
      const found = this.#memory[this.#slot(plan, s, position)];
      if (found === token) return;
      throw new Error(`sequence ${s} has token ${found} at position ${position}, and means ${token}`);
    });
  }

  #slot(plan: Pick<StepPlan, 'blockTable' | 'maxBlocks'>, s: number, position: number): number {
    const entry = s * plan.maxBlocks + Math.floor(position / this.#blockSize);
    return plan.blockTable[0]![entry]! * this.#blockSize + (position % this.#blockSize);
  }
}

const sequenceOf = ({ queryStart }: Layout, row: number): number =>
  queryStart.findLastIndex((start) => start <= row);
