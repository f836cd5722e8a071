// Measures the time per token at increasing text lengths, with a cache or without, within a time budget.

import type { Engine } from '../../../engine/engine.ts';
import { generateTimedAnswer } from '../../answer.ts';
import { type Network, opsPerToken } from '../../formulas.ts';
import type { LabBench, ModelChoice } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { mean } from '../../statistics.ts';
import type { Mode, Sweep } from './data.ts';

interface SweepSettings {
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
  readonly #settings: SweepSettings;
  #remainingMs: number;
  // the first answer at the previous length; the time of the next answer is estimated from it
  #previous: { length: number; ops: number; ms: number } | undefined;

  constructor(bench: LabBench, settings: SweepSettings) {
    this.engine = settings.engine;
    this.result = { budgetMs: settings.budgetMs, points: [] };
    this.#bench = bench;
    this.#settings = settings;
    this.#remainingMs = settings.budgetMs;
  }

  /** Measures the time of a token after `length` tokens, unless the estimated time exceeds the remaining budget. */
  async measure(length: number, network: Network): Promise<void> {
    if (this.result.stoppedAt !== undefined) return;
    const ops = this.#answerOps(length, network);
    const previous = this.#previous;
    if (previous !== undefined && (previous.ms * ops) / previous.ops > this.#remainingMs) {
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
    for (
      let repetition = 0;
      repetition < repetitions && (repetition === 0 || longestMs < this.#remainingMs);
      repetition++
    ) {
      this.#bench.throwIfAborted();
      // All texts have one cache salt and start with the shorter texts, so with a cache only the new part is computed.
      const { msPerToken, totalMs } = await generateTimedAnswer(
        this.engine,
        prompt,
        this.#settings.generate,
        {
          cacheSalt: 'growth',
        },
      );
      if (repetition === 0) this.#previous = { length, ops, ms: totalMs };
      else longestMs = Math.max(longestMs, totalMs);
      this.#remainingMs -= totalMs;
      times.push(msPerToken);
    }
    return times;
  }

  // The first token of an answer is not timed, because the step that computes the prompt generates it.
  #contexts(length: number): number[] {
    return Array.from({ length: this.#settings.generate - 1 }, (_, i) => length + 1 + i);
  }

  #tokenOps(context: number, network: Network): number {
    return opsPerToken(network, { context, cache: this.#settings.mode === 'cache' });
  }

  // With a cache, the new part of the prompt is computed once, and then one token in each step.
  #answerOps(length: number, network: Network): number {
    const { mode, generate } = this.#settings;
    const computed = mode === 'cache' ? length - (this.#previous?.length ?? 0) + generate : generate;
    return computed * this.#tokenOps(length, network);
  }
}

export async function lengthSweeps(
  bench: LabBench,
  choice: ModelChoice,
  budgetMs: number,
): Promise<Record<Mode, LengthSweep>> {
  const createSweep = async (mode: Mode, generate: number): Promise<LengthSweep> => {
    const cache = mode === 'cache' ? 'paged' : 'none';
    const engine = await bench.engine({ cache, maxRunning: 1 }, choice);
    await generateTimedAnswer(engine, await passageTokens(engine, 16), 2); // runs the lazy initialization
    return new LengthSweep(bench, { mode, engine, generate, budgetMs });
  };
  return { cache: await createSweep('cache', bench.fullOrQuick(16, 4)), none: await createSweep('none', 3) };
}
