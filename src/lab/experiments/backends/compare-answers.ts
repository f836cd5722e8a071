// Compares the tokens of each backend with those of the first. Where two differ, the lead of the best token shows how
// close the decision was.

import { timedAnswer } from '../../answer.ts';
import { toDifference } from '../../data-schemas.ts';
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

/** Adds to `answers` as the backends answer. */
export async function compareAnswers(
  bench: LabBench,
  candidates: readonly Candidate[],
  answers: BackendAnswer[],
): Promise<void> {
  let first: RecordedAnswer | undefined;
  for (const [i, candidate] of candidates.entries()) {
    bench.progress(i, 2 * candidates.length);
    const answer = await recordAnswer(bench, candidate);
    first ??= answer;
    answers.push({ backend: candidate.name, ...compare(first, answer) });
  }
}

async function recordAnswer(bench: LabBench, { choice, slow }: Candidate): Promise<RecordedAnswer> {
  const recorder = new StepRecorder();
  const engine = await bench.engine({ maxRunning: 1, onStep: recorder.observe, context: CONTEXT }, choice);
  const generate = slow ? bench.size(8, 4) : bench.size(32, 8);
  const { tokens } = await timedAnswer(engine, engine.tokenizer.encodePrompt(PROMPT), generate);
  await engine.dispose();
  return { tokens, rows: recorder.rows() };
}

function compare(first: RecordedAnswer, other: RecordedAnswer): Omit<BackendAnswer, 'backend'> {
  const compared = Math.min(first.tokens.length, other.tokens.length);
  const index = first.tokens.findIndex((token, i) => i < compared && token !== other.tokens[i]);
  const sameText = index < 0 ? compared : index + 1; // rows of logits that follow the same text
  const logitDifference = toDifference(
    largestDifference(first.rows.slice(0, sameText), other.rows.slice(0, sameText)),
  );
  return {
    compared,
    ...(index >= 0 && { firstDifference: index + 1, lead: leadOf(first.rows[index]!) }),
    logitDifference,
  };
}

/** Returns the difference between the largest logit and the second. */
function leadOf(logits: Float32Array): number {
  let [best, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const logit of logits) {
    if (logit > best) [best, second] = [logit, best];
    else if (logit > second) second = logit;
  }
  return best - second;
}
