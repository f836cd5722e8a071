// Compares the tokens of each backend with those of the first backend. If a token differs, the difference between the two
// largest logits shows how close the decision was.

import { generateTimedAnswer } from '../../answer.ts';
import { differenceToJson } from '../../data-schemas.ts';
import type { LabBench } from '../../lab-bench.ts';
import { largestDifference, StepRecorder } from '../../step-recorder.ts';
import type { Candidate } from './candidates.ts';
import type { BackendAnswer } from './data.ts';

const PROMPT = 'The capital of France is';
const CONTEXT = 64; // tokens: the prompt and the longest answer

interface RecordedAnswer {
  readonly tokens: readonly number[];
  /** logits of each token, [vocabSize] */
  readonly rows: readonly Float32Array[];
}

/** Adds the comparison of each candidate to `answers` as soon as its answer is complete. */
export async function compareAnswers(
  bench: LabBench,
  candidates: readonly Candidate[],
  answers: BackendAnswer[],
): Promise<void> {
  let baseline: RecordedAnswer | undefined;
  for (const [i, candidate] of candidates.entries()) {
    bench.progress(i, 2 * candidates.length);
    const answer = await recordAnswer(bench, candidate);
    baseline ??= answer;
    answers.push({ backend: candidate.name, ...compareWith(baseline, answer) });
  }
}

async function recordAnswer(bench: LabBench, { choice, slow }: Candidate): Promise<RecordedAnswer> {
  const recorder = new StepRecorder();
  const engine = await bench.engine({ maxRunning: 1, onStep: recorder.observe, context: CONTEXT }, choice);
  const generate = slow ? bench.fullOrQuick(8, 4) : bench.fullOrQuick(32, 8);
  const { tokens } = await generateTimedAnswer(engine, engine.tokenizer.encodePrompt(PROMPT), generate);
  await engine.dispose();
  return { tokens, rows: recorder.rows() };
}

function compareWith(baseline: RecordedAnswer, other: RecordedAnswer): Omit<BackendAnswer, 'backend'> {
  const compared = Math.min(baseline.tokens.length, other.tokens.length);
  const differenceIndex = baseline.tokens.findIndex((token, i) => i < compared && token !== other.tokens[i]);
  const comparableRows = differenceIndex < 0 ? compared : differenceIndex + 1; // logits of these first rows follow the same text
  const logitDifference = differenceToJson(
    largestDifference(baseline.rows.slice(0, comparableRows), other.rows.slice(0, comparableRows)),
  );
  return {
    compared,
    ...(differenceIndex >= 0 && {
      firstDifference: differenceIndex + 1,
      lead: leadOf(baseline.rows[differenceIndex]!),
    }),
    logitDifference,
  };
}

/** Returns the difference between the two largest logits. */
function leadOf(logits: Float32Array): number {
  let [best, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const logit of logits) {
    if (logit > best) [best, second] = [logit, best];
    else if (logit > second) second = logit;
  }
  return best - second;
}
