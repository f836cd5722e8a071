// Times a token at longer and longer texts, with a cache or without, as far as a time budget goes.

import type { Engine } from '../../../engine/engine.ts';
import { timedAnswer } from '../../answer.ts';
import { type Network, opsPerToken } from '../../formulas.ts';
import type { LabBench, ModelChoice } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { mean, median } from '../../statistics.ts';

export type ClimbMode = 'cache' | 'none';

export interface Point {
  /** tokens of the prompt */
  readonly length: number;
  /** of a token, the mean over those that were timed */
  readonly ops: number;
  /** of a token, the median over repetitions */
  readonly ms: number;
  readonly repetitions: number;
}

interface Settings {
  readonly mode: ClimbMode;
  readonly engine: Engine;
  readonly generate: number;
  readonly budgetMs: number;
}

export class Climber {
  readonly engine: Engine;
  readonly budgetMs: number;
  readonly points: Point[] = [];
  /** the first length that would have taken longer than what was left of the budget */
  stoppedAt: number | undefined;
  readonly #bench: LabBench;
  readonly #settings: Settings;
  #leftMs: number;
  // of the first answer at the last length, and what it did
  #last: { length: number; ops: number; ms: number } | undefined;

  constructor(bench: LabBench, settings: Settings) {
    this.engine = settings.engine;
    this.#bench = bench;
    this.#settings = settings;
    this.budgetMs = settings.budgetMs;
    this.#leftMs = settings.budgetMs;
  }

  /** Times of a token after `length` tokens, one for each repetition; undefined where the budget does not reach. */
  async climb(length: number, network: Network): Promise<number[] | undefined> {
    if (this.stoppedAt !== undefined) return undefined;
    const ops = this.#answerOps(length, network);
    const known = this.#last;
    if (known !== undefined && (known.ms * ops) / known.ops > this.#leftMs) {
      this.stoppedAt = length;
      return undefined;
    }
    const prompt = await passageTokens(this.engine, length);
    const times: number[] = [];
    const { repetitions } = this.#bench;
    let longestMs = 0;
    for (let taken = 0; taken < repetitions && (taken === 0 || longestMs < this.#leftMs); taken++) {
      this.#bench.check();
      // Under one salt: each text begins with the shorter ones, so a cache computes only what is new.
      const { msPerToken, totalMs } = await timedAnswer(this.engine, prompt, this.#settings.generate, {
        cacheSalt: 'growth',
      });
      if (taken === 0) this.#last = { length, ops, ms: totalMs };
      else longestMs = Math.max(longestMs, totalMs);
      this.#leftMs -= totalMs;
      times.push(msPerToken);
    }
    const perToken = mean(this.#contexts(length).map((context) => this.#tokenOps(context, network)));
    this.points.push({ length, ops: perToken, ms: median(times), repetitions: times.length });
    return times;
  }

  // The first token of an answer is not timed: it comes with the prompt.
  #contexts(length: number): number[] {
    return Array.from({ length: this.#settings.generate - 1 }, (_, i) => length + 1 + i);
  }

  #tokenOps(context: number, network: Network): number {
    return opsPerToken(network, { context, cache: this.#settings.mode === 'cache' });
  }

  // With a cache, what is new of the prompt is computed once, and a step for each token.
  #answerOps(length: number, network: Network): number {
    const { mode, generate } = this.#settings;
    const computed = mode === 'cache' ? length - (this.#last?.length ?? 0) + generate : generate;
    return computed * this.#tokenOps(length, network);
  }
}

export async function climbers(
  bench: LabBench,
  choice: ModelChoice,
  budgetMs: number,
): Promise<Record<ClimbMode, Climber>> {
  const start = async (mode: ClimbMode, generate: number): Promise<Climber> => {
    const cache = mode === 'cache' ? 'paged' : 'none';
    const engine = await bench.engine({ cache, maxRunning: 1 }, choice);
    await timedAnswer(engine, await passageTokens(engine, 16), 2); // makes what is made lazily
    return new Climber(bench, { mode, engine, generate, budgetMs });
  };
  return { cache: await start('cache', bench.size(16, 4)), none: await start('none', 3) };
}
