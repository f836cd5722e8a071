// Whether backends choose the same tokens, and where two part, by how little the best token led there.

import { type TimedAnswer, timedAnswer } from '../../answer.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench, ModelChoice } from '../../lab-bench.ts';
import { formatNumber } from '../../report/format-cell.ts';
import type { Cell } from '../../result.ts';
import { largestDifference, StepRecorder } from '../../step-recorder.ts';
import { text } from '../../text.ts';

export interface Candidate {
  readonly name: string;
  readonly choice: ModelChoice;
  /** is given few tokens */
  readonly slow: boolean;
}

const PROMPT = 'The capital of France is';

interface Answered {
  readonly tokens: TimedAnswer['tokens'];
  /** [vocabSize] for each token */
  readonly rows: readonly Float32Array[];
}

/** Compares greedy answers with that of the first candidate, as far as the shorter of two goes. */
export async function compareTokens(
  bench: LabBench,
  findings: Findings,
  candidates: readonly Candidate[],
): Promise<void> {
  const rows: Cell[][] = [];
  let first: Answered | undefined;
  for (const [i, candidate] of candidates.entries()) {
    bench.progress(i, 2 * candidates.length);
    const answered = await answer(bench, candidate);
    first ??= answered;
    rows.push(compared(findings, candidates[0]!.name, candidate.name, first, answered));
    findings.table({
      name: 'correct',
      title: text(
        `The same answer by each backend, beside that of ${candidates[0]!.name}`,
        `各后端的同一回答，与 ${candidates[0]!.name} 比较`,
      ),
      columns: [
        { title: text('backend', '后端') },
        { title: text('tokens compared', '比较的词元数') },
        { title: text('equal', '相同') },
        { title: text('first other token', '首个不同的词元') },
        { title: text('lead of the best token there', '该处最优词元的领先') },
        { title: text('largest logit difference until then', '此前最大 logit 差') },
      ],
      rows: [...rows],
    });
  }
}

async function answer(bench: LabBench, { choice, slow }: Candidate): Promise<Answered> {
  const recorder = new StepRecorder();
  const engine = await bench.engine({ maxRunning: 1, onStep: recorder.observe, context: CONTEXT }, choice);
  const generate = slow ? bench.size(8, 4) : bench.size(32, 8);
  const { tokens } = await timedAnswer(engine, engine.tokenizer.encodePrompt(PROMPT), generate);
  await engine.dispose();
  return { tokens, rows: recorder.rows() };
}

const CONTEXT = 64; // tokens: the prompt and the longest answer

function compared(findings: Findings, best: string, name: string, first: Answered, other: Answered): Cell[] {
  const count = Math.min(first.tokens.length, other.tokens.length);
  const parted = first.tokens.findIndex((token, i) => i < count && token !== other.tokens[i]);
  const alike = parted < 0 ? count : parted + 1; // logits of one text
  const difference = largestDifference(first.rows.slice(0, alike), other.rows.slice(0, alike));
  if (parted < 0) return [name, count, true, null, null, difference];
  const lead = leadOf(first.rows[parted]!);
  const f = formatNumber;
  findings.part(
    text(
      `${name} chooses another token than ${best} at place ${parted + 1}, where the best token leads by ${f(lead)} and the logits of the two differ by up to ${f(difference)}.`,
      `${name} 在第 ${parted + 1} 个位置与 ${best} 选出不同的词元：该处最优词元领先 ${f(lead)}，两者 logit 最多相差 ${f(difference)}。`,
    ),
  );
  return [name, count, false, parted + 1, lead, difference];
}

/** By how much the largest logit is above the next. */
function leadOf(logits: Float32Array): number {
  let [best, next] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const logit of logits) {
    if (logit > best) [best, next] = [logit, best];
    else if (logit > next) next = logit;
  }
  return best - next;
}
