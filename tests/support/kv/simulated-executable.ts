// An executable without arithmetic: the KV memory of each group of layers holds tokens, and the next token is a hash of
// the last few. For each row the text found through the block tables, as far as a window attends to it, must equal the
// text of the sequence. Mistakes of a scheduler or a cache are therefore detected at once.

import type { KvKeeps } from '../../../src/base/model/kv-layout.ts';
import type { StepPlan } from '../../../src/base/step/step-plan.ts';
import type { ScheduledStep } from '../../../src/scheduler/build-step-plan.ts';
import type { SelectedTokens } from '../../../src/scheduler/scheduler.ts';

type Layout = ScheduledStep['plan'];

/** The KV memory of one group of layers. */
class GroupMemory {
  readonly keeps: KvKeeps;
  readonly slots: Int32Array; // [blocks, blockSize] tokens
  readonly #blockSize: number;

  constructor(keeps: KvKeeps, blocks: number, blockSize: number) {
    this.keeps = keeps;
    this.slots = new Int32Array(blocks * blockSize).fill(-1);
    this.#blockSize = blockSize;
  }

  read(block: number): Int32Array {
    return this.slots.subarray(block * this.#blockSize, (block + 1) * this.#blockSize);
  }

  write(block: number, content: Int32Array): void {
    this.slots.set(content, block * this.#blockSize);
  }
}

export class SimulatedExecutable {
  readonly groups: readonly GroupMemory[];
  readonly #blockSize: number;

  /** @param blocks number of blocks of each group of layers */
  constructor(blocks: number, blockSize: number, keeps: readonly KvKeeps[] = ['all']) {
    this.groups = keeps.map((one) => new GroupMemory(one, blocks, blockSize));
    this.#blockSize = blockSize;
  }

  /** Returns the token, 0 to 3, that follows `tokens` in sample `choice`. The generated text soon repeats itself. */
  static next(tokens: ArrayLike<number>, choice = 0): number {
    let hash = 17 + 101 * choice;
    for (let i = Math.max(0, tokens.length - 3); i < tokens.length; i++) {
      hash = (Math.imul(hash, 31) + tokens[i]! + 1) | 0;
    }
    return Math.abs(hash ^ (hash >>> 7)) % 4;
  }

  /** @param choiceOf returns the sample number of a sequence id */
  step({ plan, rows }: ScheduledStep, choiceOf: (id: number) => number = () => 0): SelectedTokens {
    this.#copy(plan);
    this.#append(plan);
    const selected = Int32Array.from(rows, ({ sequence, tokens }, r) => {
      this.#checkText(plan, plan.logitsRows[r]!, tokens);
      return SimulatedExecutable.next(tokens, choiceOf(sequence.id));
    });
    return { selected, outcomes: rows.map(() => 'chosen' as const) };
  }

  /** Simulates a failed step: no copies are made, and the slots that it would have written have undefined content. */
  fail({ plan }: ScheduledStep): void {
    for (const [group, { slots }] of this.groups.entries()) {
      plan.positions.forEach((position, row) => {
        slots[this.#slot(plan, group, sequenceOf(plan, row), position)] = -2;
      });
    }
  }

  #copy({ copies }: Layout): void {
    for (const [group, memory] of this.groups.entries()) {
      const pairs = copies[group]!;
      for (let i = 0; i < pairs.length; i += 2) memory.write(pairs[i + 1]!, memory.read(pairs[i]!).slice());
    }
  }

  #append(plan: Layout): void {
    for (const [group, { slots }] of this.groups.entries()) {
      const written = new Set<number>();
      plan.tokens.forEach((token, row) => {
        const slot = this.#slot(plan, group, sequenceOf(plan, row), plan.positions[row]!);
        if (written.has(slot)) throw new Error(`slot ${slot} is written twice in a step`);
        written.add(slot);
        slots[slot] = token;
      });
    }
  }

  #checkText(plan: Layout, row: number, tokens: Int32Array): void {
    const s = sequenceOf(plan, row);
    if (tokens.length !== plan.positions[row]! + 1)
      throw new Error(`row ${row} has ${plan.positions[row]! + 1} tokens, expected ${tokens.length}`);
    for (const [group, { keeps, slots }] of this.groups.entries()) {
      const first = keeps === 'all' ? 0 : Math.max(0, tokens.length - keeps.window);
      for (let position = first; position < tokens.length; position++) {
        const found = slots[this.#slot(plan, group, s, position)];
        if (found === tokens[position]) continue;
        throw new Error(
          `sequence ${s} has token ${found} at position ${position}, expected ${tokens[position]}`,
        );
      }
    }
  }

  #slot(
    plan: Pick<StepPlan, 'blockTable' | 'maxBlocks'>,
    group: number,
    s: number,
    position: number,
  ): number {
    const entry = s * plan.maxBlocks + Math.floor(position / this.#blockSize);
    return plan.blockTable[group]![entry]! * this.#blockSize + (position % this.#blockSize);
  }
}

const sequenceOf = ({ queryStart }: Layout, row: number): number =>
  queryStart.findLastIndex((start) => start <= row);
