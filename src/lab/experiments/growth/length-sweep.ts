// Times a token at longer and longer texts, with a cache or without, within a time budget.

import type { Engine } from '../../../engine/engine.ts';
import { timedAnswer } from '../../answer.ts';
import { type Network, opsPerToken } from '../../formulas.ts';
import type { LabBench, ModelChoice } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { mean } from '../../statistics.ts';
import type { Mode, Sweep } from './data.ts';

interface Settings {
  readonly mode: Mode;
  readonly engine: Engine;
  /** tokens of each answer */
  readonly generate: number;
  readonly budgetMs: number;
}

export class LengthSweep {
  readonly engine: Engine;
  readonly result: Sweep;
  readonly #bench: LabBench;
  readonly #settings: Settings;
  #leftMs: number;
  // the first answer at the last length, from which the time of the next one is estimated
  #last: { length: number; ops: number; ms: number } | undefined;

  constructor(bench: LabBench, settings: Settings) {
    this.engine = settings.engine;
    this.result = { budgetMs: settings.budgetMs, points: [] };
    this.#bench = bench;
    this.#settings = settings;
    this.#leftMs = settings.budgetMs;
  }

  /** Times a token after `length` tokens, unless the estimated time exceeds the rest of the budget. */
  async measure(length: number, network: Network): Promise<void> {
    if (this.result.stoppedAt !== undefined) return;
    const ops = this.#answerOps(length, network);
    const last = this.#last;
    if (last !== undefined && (last.ms * ops) / last.ops > this.#leftMs) {
      this.result.stoppedAt = length;
      return;
    }
    const perToken = mean(this.#contexts(length).map((context) => this.#tokenOps(context, network)));
    const ms = await this.#times(length, ops);
    this.result.points.push({ length, ops: perToken, ms });
  }

  async #times(length: number, ops: number): Promise<number[]> {
    const prompt = await passageTokens(this.engine, length);
    const times: number[] = [];
    const { repetitions } = this.#bench;
    let longestMs = 0;
    for (let taken = 0; taken < repetitions && (taken === 0 || longestMs < this.#leftMs); taken++) {
      this.#bench.check();
      // All texts use one salt and begin with the shorter texts, so a cache computes only the new part.
      const { msPerToken, totalMs } = await timedAnswer(this.engine, prompt, this.#settings.generate, {
        cacheSalt: 'growth',
      });
      if (taken === 0) this.#last = { length, ops, ms: totalMs };
      else longestMs = Math.max(longestMs, totalMs);
      this.#leftMs -= totalMs;
      times.push(msPerToken);
    }
    return times;
  }

  // The first token of an answer is not timed: the step of the prompt generates it.
  #contexts(length: number): number[] {
    return Array.from({ length: this.#settings.generate - 1 }, (_, i) => length + 1 + i);
  }

  #tokenOps(context: number, network: Network): number {
    return opsPerToken(network, { context, cache: this.#settings.mode === 'cache' });
  }

  // With a cache, the new part of the prompt is computed once, and then one token per step.
  #answerOps(length: number, network: Network): number {
    const { mode, generate } = this.#settings;
    const computed = mode === 'cache' ? length - (this.#last?.length ?? 0) + generate : generate;
    return computed * this.#tokenOps(length, network);
  }
}

export async function lengthSweeps(
  bench: LabBench,
  choice: ModelChoice,
  budgetMs: number,
): Promise<Record<Mode, LengthSweep>> {
  const start = async (mode: Mode, generate: number): Promise<LengthSweep> => {
    const cache = mode === 'cache' ? 'paged' : 'none';
    const engine = await bench.engine({ cache, maxRunning: 1 }, choice);
    await timedAnswer(engine, await passageTokens(engine, 16), 2); // initializes what is created lazily
    return new LengthSweep(bench, { mode, engine, generate, budgetMs });
  };
  return { cache: await start('cache', bench.size(16, 4)), none: await start('none', 3) };
}
