// `npm run bench:sampler`: measures the time that a decode step of one sequence spends in the main thread, for several
// lengths of the text. It measures three parts: the creation and the check of the selection row after a token is appended;
// the call of the native backend; and, for speculative decoding, the update of the n-gram index that proposes draft tokens.

import type { SelectionRow } from '../../src/base/step/selection.ts';
import type { StepPlan } from '../../src/base/step/step-plan.ts';
import { planWords } from '../../src/kernels/compiled/plan-words.ts';
import { checkRow } from '../../src/sampler/check-row.ts';
import type { SamplingParameters } from '../../src/sampler/parameters.ts';
import { SelectionRows } from '../../src/sampler/selection-row.ts';
import { NgramIndex } from '../../src/scheduler/ngram-index.ts';
import { selectingExecutable } from './selecting-executable.ts';
import { GrowingText, parametersWithAllAdjustments, type TokenDistribution, VOCAB_SIZE } from './texts.ts';

const LENGTHS = [1000, 8000, 32_000];
const ROUNDS = 40; // each with a new text; the first WARM_UP_ROUNDS rounds are not measured
const WARM_UP_ROUNDS = 8;
const BATCHES = 16;
const BATCH_ROWS = 16; // rows per time measurement

const executable = await selectingExecutable(VOCAB_SIZE);
const parameters = parametersWithAllAdjustments();
// Bad words, stop tokens and sampling are not used: their time does not depend on the length of the text.
const penaltiesOnly = { ...parameters, badTokens: [], minTokens: 0, temperature: 0 };

interface Cost {
  readonly distinct: number;
  readonly rowNs: number;
  /** time for a row with only penalties and biases */
  readonly penaltiesNs: number;
  readonly draftNs: number;
  /** time for the n-gram index of an entire text, as after a prefix hit */
  readonly indexMs: number;
  readonly encodeUs: number;
  readonly callUs: number;
  readonly stepMs: number;
}

class Samples {
  readonly row: number[] = [];
  readonly penalties: number[] = [];
  readonly draft: number[] = [];
  readonly index: number[] = [];
  readonly encode: number[] = [];
  readonly call: number[] = [];
  readonly step: number[] = [];
  distinct = 0;

  get cost(): Cost {
    return {
      distinct: this.distinct,
      rowNs: (1e6 * median(this.row)) / BATCH_ROWS,
      penaltiesNs: (1e6 * median(this.penalties)) / BATCH_ROWS,
      draftNs: (1e6 * median(this.draft)) / BATCH_ROWS,
      indexMs: median(this.index),
      encodeUs: 1e3 * median(this.encode),
      callUs: 1e3 * median(this.call),
      stepMs: median(this.step),
    };
  }
}

for (const spread of ['uniform', 'skewed'] as const) {
  const costs = await measure(spread);
  console.log(`\n${spread} tokens, medians`);
  console.log(
    'length   distinct  row      penalties only  drafting  whole text  planWords  native call     select, other thread',
  );
  LENGTHS.forEach((length, i) => {
    const { distinct, rowNs, penaltiesNs, draftNs, indexMs, encodeUs, callUs, stepMs } = costs[i]!;
    const columns = [
      String(length).padEnd(9),
      String(distinct).padEnd(10),
      `${rowNs.toFixed(0)} ns`.padEnd(9),
      `${penaltiesNs.toFixed(0)} ns`.padEnd(16),
      `${draftNs.toFixed(0)} ns`.padEnd(10),
      `${indexMs.toFixed(2)} ms`.padEnd(12),
      `${encodeUs.toFixed(1)} us`.padEnd(11),
      `${callUs.toFixed(1)} us`.padEnd(16),
      `${stepMs.toFixed(2)} ms`,
    ];
    console.log(columns.join(''));
  });
  const [short, long] = [costs[0]!, costs.at(-1)!];
  const row = (long.rowNs / short.rowNs).toFixed(2);
  const penalties = (long.penaltiesNs / short.penaltiesNs).toFixed(2);
  console.log(
    `at ${LENGTHS.at(-1)} tokens, relative to ${LENGTHS[0]}: row ${row} x, penalties only ${penalties} x`,
  );
  console.log(JSON.stringify({ spread, lengths: LENGTHS, costs }));
}
await executable.dispose();

// Measures the lengths in turn, so that other load of the machine affects all lengths.
async function measure(spread: TokenDistribution): Promise<Cost[]> {
  const samples = LENGTHS.map(() => new Samples());
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, length] of LENGTHS.entries()) {
      const roundSamples = round < WARM_UP_ROUNDS ? new Samples() : samples[i]!;
      roundSamples.distinct = new GrowingText(spread, length, 0, 0).distinct;
      measureRows(roundSamples.row, parameters, new GrowingText(spread, length, BATCHES * BATCH_ROWS, round));
      measureRows(
        roundSamples.penalties,
        penaltiesOnly,
        new GrowingText(spread, length, BATCHES * BATCH_ROWS, round),
      );
      measureDrafts(roundSamples, new GrowingText(spread, length, BATCHES * BATCH_ROWS, round));
      await measureCall(roundSamples, new GrowingText(spread, length, BATCHES, round));
    }
  }
  return samples.map(({ cost }) => cost);
}

function measureRows(times: number[], options: SamplingParameters, text: GrowingText): void {
  const rows = new SelectionRows(options, { choice: 0, vocabSize: VOCAB_SIZE });
  rows.rowAfter(text.sequence);
  for (let batch = 0; batch < BATCHES; batch++) {
    const began = performance.now();
    for (let i = 0; i < BATCH_ROWS; i++) checkRow(rows.rowAfter(text.grow()), VOCAB_SIZE);
    times.push(performance.now() - began);
  }
}

function measureDrafts({ draft, index: indexTimes }: Samples, text: GrowingText): void {
  const index = new NgramIndex();
  const { tokens } = text.sequence;
  const started = performance.now();
  index.add(tokens, tokens.length);
  indexTimes.push(performance.now() - started);
  for (let batch = 0; batch < BATCHES; batch++) {
    const began = performance.now();
    for (let i = 0; i < BATCH_ROWS; i++) {
      const grown = text.grow().tokens;
      index.add(grown, grown.length);
      index.continuation(grown, 4);
    }
    draft.push(performance.now() - began);
  }
}

async function measureCall({ encode, call, step }: Samples, text: GrowingText): Promise<void> {
  const rows = new SelectionRows(parameters, { choice: 0, vocabSize: VOCAB_SIZE });
  rows.rowAfter(text.sequence);
  for (let i = 0; i < BATCHES; i++) {
    const plan = planOf(rows.rowAfter(text.grow()));
    const began = performance.now();
    planWords(plan);
    const encoded = performance.now();
    const result = executable.step(plan);
    call.push(performance.now() - encoded);
    encode.push(encoded - began);
    step.push((await result).stepMs);
  }
}

function planOf(row: SelectionRow): StepPlan {
  return {
    tokens: Int32Array.of(0),
    positions: Int32Array.of(0),
    queryStart: Int32Array.of(0, 1),
    contextLength: Int32Array.of(1),
    adapter: Int32Array.of(-1),
    maxBlocks: 1,
    blockTable: [Int32Array.of(0)],
    copies: [new Int32Array(0)],
    logitsRows: Int32Array.of(0),
    selection: [row],
    wantLogits: false,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
