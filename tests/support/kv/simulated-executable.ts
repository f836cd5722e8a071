// An executable without arithmetic: the KV memory of each layer group contains tokens instead of keys and values, and the
// next token is a hash of the last three. For each row, the tokens to which the row attends are read through the block
// tables and must equal the tokens of the sequence. Errors of a scheduler or a cache are therefore detected in the step in
// which they occur.

import type { KvKeeps } from '../../../src/base/model/kv-layout.ts';
import type { StepPlan } from '../../../src/base/step/step-plan.ts';
import type { ScheduledStep } from '../../../src/scheduler/build-step-plan.ts';
import type { SelectedTokens } from '../../../src/scheduler/scheduler.ts';

type Plan = ScheduledStep['plan'];

/** The KV memory of one layer group. */
class GroupMemory {
  readonly retention: KvKeeps;
  readonly slots: Int32Array; // [blocks, blockSize] tokens
  readonly #blockSize: number;

  constructor(retention: KvKeeps, blocks: number, blockSize: number) {
    this.retention = retention;
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

  /** @param blocks number of blocks of each layer group */
  constructor(blocks: number, blockSize: number, retentions: readonly KvKeeps[] = ['all']) {
    this.groups = retentions.map((retention) => new GroupMemory(retention, blocks, blockSize));
    this.#blockSize = blockSize;
  }

  /** Returns the token, 0 to 3, that follows `tokens` in the sample with a number. The generated text soon repeats itself. */
  static nextToken(tokens: ArrayLike<number>, sample = 0): number {
    let hash = 17 + 101 * sample;
    for (let i = Math.max(0, tokens.length - 3); i < tokens.length; i++) {
      hash = (Math.imul(hash, 31) + tokens[i]! + 1) | 0;
    }
    return Math.abs(hash ^ (hash >>> 7)) % 4;
  }

  /** @param sampleOf returns the sample number of a sequence id */
  step({ plan, rows }: ScheduledStep, sampleOf: (id: number) => number = () => 0): SelectedTokens {
    this.#copy(plan);
    this.#append(plan);
    const selected = Int32Array.from(rows, ({ sequence, tokens }, r) => {
      this.#checkText(plan, plan.logitsRows[r]!, tokens);
      return SimulatedExecutable.nextToken(tokens, sampleOf(sequence.id));
    });
    return { selected, outcomes: rows.map(() => 'chosen' as const) };
  }

  /** Simulates a failed step: makes no copies, and fills the slots that the step should have written with invalid tokens. */
  fail({ plan }: ScheduledStep): void {
    for (const [group, { slots }] of this.groups.entries()) {
      plan.positions.forEach((position, row) => {
        slots[this.#slot(plan, group, sequenceOf(plan, row), position)] = -2;
      });
    }
  }

  #copy({ copies }: Plan): void {
    for (const [group, memory] of this.groups.entries()) {
      const pairs = copies[group]!;
      for (let i = 0; i < pairs.length; i += 2) memory.write(pairs[i + 1]!, memory.read(pairs[i]!).slice());
    }
  }

  #append(plan: Plan): void {
    for (const [group, { slots }] of this.groups.entries()) {
      const writtenSlots = new Set<number>();
      plan.tokens.forEach((token, row) => {
        const slot = this.#slot(plan, group, sequenceOf(plan, row), plan.positions[row]!);
        if (writtenSlots.has(slot)) throw new Error(`slot ${slot} is written twice in a step`);
        writtenSlots.add(slot);
        slots[slot] = token;
      });
    }
  }

  #checkText(plan: Plan, row: number, tokens: Int32Array): void {
    const s = sequenceOf(plan, row);
    if (tokens.length !== plan.positions[row]! + 1)
      throw new Error(`row ${row} has ${plan.positions[row]! + 1} tokens, expected ${tokens.length}`);
    for (const [group, { retention, slots }] of this.groups.entries()) {
      const first = retention === 'all' ? 0 : Math.max(0, tokens.length - retention.window);
      for (let position = first; position < tokens.length; position++) {
        const foundToken = slots[this.#slot(plan, group, s, position)];
        if (foundToken === tokens[position]) continue;
        throw new Error(
          `sequence ${s} has token ${foundToken} at position ${position}, expected ${tokens[position]}`,
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

const sequenceOf = ({ queryStart }: Plan, row: number): number =>
  queryStart.findLastIndex((start) => start <= row);
