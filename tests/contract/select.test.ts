// Compares token selection of the native backend with the reference backend, for random logits and options.

import { describe, expect, it } from 'vitest';
import type { SelectionRow } from '../../src/base/step/selection.ts';
import { type Selection, select } from '../../src/kernels/reference/select.ts';
import { ProgramBuilder } from '../../src/program/builder.ts';
import { emitTape } from '../../src/program/tape.ts';
import { COMPILED_SETS, compiled } from '../support/compiled-backends.ts';
import { GREEDY, tokensPlan } from '../support/models/step-plans.ts';
import { tensorOf } from '../support/models/tensors.ts';
import { describeWith, needsCompiled } from '../support/needs.ts';
import { randomInteger, randomNumbers } from '../support/random.ts';

const ROWS = 24; // rows of logits per round, each with different options
const ROUNDS = process.env.QUIRE_FULL === '1' ? 60 : 8;

const pickRandom = <T>(random: () => number, list: readonly T[]): T =>
  list[randomInteger(random, list.length)]!;

function randomRow(random: () => number, vocab: number): SelectionRow {
  const adjusted = random() < 0.5 ? 0 : randomInteger(random, Math.min(vocab, 20));
  const first = randomInteger(random, vocab - adjusted);
  return {
    ...GREEDY,
    adjustTokens: Int32Array.from({ length: adjusted }, (_, i) => first + i),
    adjustPenalty: Float32Array.from({ length: adjusted }, () => 0.5 + random()),
    adjustBias: Float32Array.from({ length: adjusted }, () =>
      pickRandom(random, [0, 2, -2, Number.NEGATIVE_INFINITY]),
    ),
    temperature: pickRandom(random, [0, 0.3, 1, 2.5]),
    topK: pickRandom(random, [0, 0, 1, 5, 40, 100_000]),
    topP: pickRandom(random, [1, 1, 0.9, 0.4, 0.01]),
    minP: pickRandom(random, [0, 0, 0.05, 0.5]),
    typicalP: pickRandom(random, [1, 1, 0.8, 0.2]),
    uniform: random(),
    logprobs: pickRandom(random, [undefined, 0, 3]),
  };
}

/** Returns random logits: with a large or small range, sometimes with equal values, a few of them -Infinity. */
function randomLogits(random: () => number, vocab: number): Float32Array {
  const spread = pickRandom(random, [0.01, 1, 4, 20]);
  const interval = pickRandom(random, [0, 0.5]);
  return Float32Array.from({ length: vocab }, () => {
    if (random() < 0.02) return Number.NEGATIVE_INFINITY;
    const value = (random() + random() + random() - 1.5) * spread;
    return interval === 0 ? value : Math.round(value / interval) * interval;
  });
}

// Returns whether rounding may change the chosen token: whether a small change of the random number or of a threshold
// changes it.
function dependsOnRounding(logits: Float32Array, row: SelectionRow, chosen: number): boolean {
  const changedRows = [-1e-4, 1e-4].flatMap((shift) => [
    { ...row, uniform: Math.min(1 - 1e-9, Math.max(0, row.uniform + shift)) },
    ...(row.topP === 1 ? [] : [{ ...row, topP: row.topP + shift }]),
    ...(row.minP === 0 ? [] : [{ ...row, minP: row.minP + shift }]),
    ...(row.typicalP === 1 ? [] : [{ ...row, typicalP: row.typicalP + shift }]),
  ]);
  return changedRows.some((other) => tokenOf(select(logits, other)) !== chosen);
}

const tokenOf = (selection: Selection): number => (selection.outcome === 'chosen' ? selection.token : -1);

interface Round {
  readonly rows: readonly Float32Array[];
  readonly selection: SelectionRow[];
  /** selections of the reference backend */
  readonly expected: readonly Selection[];
  /** whether rounding may change the token of each row */
  readonly roundingDependent: readonly boolean[];
}

// The rounds by vocabulary size. They are computed once for all instruction sets, because the reference backend is slow.
const roundsByVocabulary = new Map<number, readonly Round[]>();

function roundsOf(vocab: number): readonly Round[] {
  const existing = roundsByVocabulary.get(vocab);
  if (existing !== undefined) return existing;
  const random = randomNumbers(vocab);
  const rounds = Array.from({ length: vocab > 10_000 ? 2 : ROUNDS }, (): Round => {
    const rows = Array.from({ length: ROWS }, () => randomLogits(random, vocab));
    const selection = rows.map(() => randomRow(random, vocab));
    const expected = rows.map((logits, r) => select(logits, selection[r]!));
    const roundingDependent = rows.map((logits, r) =>
      dependsOnRounding(logits, selection[r]!, tokenOf(expected[r]!)),
    );
    return { rows, selection, expected, roundingDependent };
  });
  roundsByVocabulary.set(vocab, rounds);
  return rounds;
}

describeWith(needsCompiled(), '`select` of compiled kernels', () => {
  describe.each(COMPILED_SETS)('%s', (instructionSet) => {
    it.each([5, 77, 1000, 40_000])(
      'chooses the same token as the reference backend among %i tokens',
      async (vocab) => {
        let compared = 0;
        for (const { rows, selection, expected, roundingDependent } of roundsOf(vocab)) {
          const outcomes = await selectOn(instructionSet, rows, selection);
          for (const [r, choice] of expected.entries()) {
            const { outcome, token, logprobs } = outcomes[r]!;
            expect(outcome).toBe(choice.outcome);
            if (choice.outcome !== 'chosen' || roundingDependent[r]) continue;
            compared++;
            expect(token, JSON.stringify(selection[r])).toBe(choice.token);
            expect(logprobs?.top.map((top) => top.token)).toEqual(
              choice.logprobs?.top.map((top) => top.token),
            );
            if (choice.logprobs) expect(logprobs!.logprob).toBeCloseTo(choice.logprobs.logprob, 4);
          }
        }
        expect(compared).toBeGreaterThan(ROWS);
      },
    );
  });
});

async function selectOn(instructionSet: string, rows: readonly Float32Array[], selection: SelectionRow[]) {
  const vocab = rows[0]!.length;
  const table = tensorOf('logits', [rows.length, vocab], Float32Array.from(rows.flatMap((row) => [...row])));
  const groups = [{ layers: [0], kvHeads: 1, headDim: 1, keeps: 'all' as const }];
  const b = new ProgramBuilder(new Map([[table.info.name, table.info]]), groups);
  const program = b.select(b.gatherRows(b.embed('logits', 'token', rows.length, vocab)));
  const backend = compiled({ instructionSet, threads: 2 });
  const weights = await backend.loadWeights(program.weights, {
    byteLength: () => table.bytes.byteLength,
    readInto: async (_name, target, from = 0) =>
      target.set(new Uint8Array(table.bytes, from, target.byteLength)),
  });
  const tape = emitTape(program, { tokens: rows.length, rows: rows.length }, rows.length);
  const layout = { groups, dtype: 'f32' as const, blockSize: rows.length };
  const request = { tape, weights, layout, blocks: [rows.length], contextLength: rows.length };
  const executable = await backend.createExecutable(request);
  const plan = { ...tokensPlan(rows.map((_, i) => i)), selection, wantLogits: false };
  const { selected, outcomes, logprobs } = await executable.step(plan);
  await executable.dispose();
  weights.dispose();
  return rows.map((_, r) => ({ outcome: outcomes[r], token: selected[r], logprobs: logprobs[r] }));
}
