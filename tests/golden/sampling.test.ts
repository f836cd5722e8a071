// The tokens that remain and their probabilities are those of transformers' logits processors, with one option at a time and
// with several: see tools/golden/sampling.py.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SAMPLING_OPTION_NAMES, type SamplingOptions } from '../../src/completion/sampling-options.ts';
import { type Distribution, distribution } from '../../src/kernels/reference/distribution.ts';
import { samplingParameters } from '../../src/sampler/parameters.ts';
import { selectionRow } from '../../src/sampler/selection-row.ts';

interface SamplingCase {
  /** index into `rows` */
  readonly row: number;
  readonly prompt: readonly number[];
  readonly generated: readonly number[];
  readonly options: SamplingOptions;
  /** remaining tokens, ascending */
  readonly tokens: readonly number[];
  readonly probabilities: readonly number[];
}

interface SamplingGolden {
  readonly endTokens: readonly number[];
  /** logits. [rows][64] */
  readonly rows: readonly (readonly number[])[];
  readonly cases: readonly SamplingCase[];
}

const { endTokens, rows, cases } = JSON.parse(
  readFileSync(new URL('./fixtures/sampling.json', import.meta.url), 'utf8'),
) as SamplingGolden;

// Presence and frequency penalties are not in transformers: src/sampler/selection-row.test.ts checks them.
const COMPARED = [
  'temperature',
  'topK',
  'topP',
  'minP',
  'typicalP',
  'repetitionPenalty',
  'logitBias',
  'badTokens',
  'minTokens',
];

function remaining({ row, prompt, generated, options }: SamplingCase): Distribution {
  const parameters = samplingParameters({ ...options, stopTokens: endTokens });
  const sequence = { tokens: Int32Array.from([...prompt, ...generated]), promptLength: prompt.length };
  const result = distribution(Float32Array.from(rows[row]!), selectionRow(parameters, sequence, 0));
  if (typeof result === 'string') throw new Error(result);
  return result;
}

function check(sample: SamplingCase): void {
  const { ids, probabilities } = remaining(sample);
  const name = `row ${sample.row} with ${JSON.stringify(sample.options)}`;
  expect([...ids], name).toEqual(sample.tokens);
  const worst = Math.max(...probabilities.map((p, i) => Math.abs(p - sample.probabilities[i]!)));
  expect(worst, name).toBeLessThan(1e-6);
}

describe('the remaining tokens and their probabilities are those of transformers', () => {
  test.each(COMPARED)('with %s alone', (option) => {
    const alone = cases.filter(({ options }) => Object.keys(options).join() === option);
    expect(alone.length).toBeGreaterThan(4);
    for (const sample of alone) check(sample);
  });

  test('with several options, in their order', () => {
    const chains = cases.filter(({ options }) => Object.keys(options).length > 1);
    expect(chains.length).toBeGreaterThan(40);
    for (const sample of chains) check(sample);
  });

  test('without options', () => {
    const plain = cases.filter(({ options }) => Object.keys(options).length === 0);
    expect(plain.length).toBeGreaterThan(0);
    for (const sample of plain) check(sample);
  });
});

test('every option that changes the distribution and exists in transformers is compared', () => {
  const others = SAMPLING_OPTION_NAMES.filter((option) => !COMPARED.includes(option));
  expect(others.toSorted()).toEqual([
    'badWords',
    'frequencyPenalty',
    'logprobs',
    'maxTokens',
    'presencePenalty',
    'seed',
    'stop',
    'stopTokens',
  ]);
});
