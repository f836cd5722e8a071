// What guesses give without a clock: steps, guesses and hits of an answer. An observer sees the steps, and that takes
// time, so nothing is timed here.

import type { StepPlan } from '../../../base/step/step-plan.ts';
import { timedAnswer } from '../../answer.ts';
import type { LabBench } from '../../lab-bench.ts';
import type { Kind } from './kinds.ts';

export interface Run {
  readonly kind: Kind;
  readonly drafts: number;
  readonly tokens: readonly number[];
  /** steps that chose tokens */
  readonly steps: number;
  readonly drafted: number;
  readonly accepted: number;
}

/** Each kind of text with each of `numbers` of drafts, 0 among them; by kind. */
export async function countSteps(
  bench: LabBench,
  kinds: readonly Kind[],
  numbers: readonly number[],
  generate: number,
  progress: (done: number) => void,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (const drafts of numbers) {
    let steps = 0;
    const onStep = ({ logitsRows }: StepPlan): void => {
      if (logitsRows.length > 0) steps++;
    };
    const engine = await bench.engine({ draftTokens: drafts, maxRunning: 1, onStep });
    for (const kind of kinds) {
      progress(runs.length);
      steps = 0;
      const answer = await timedAnswer(engine, kind.prompt, generate, kind.options);
      const { tokens, draftedTokens: drafted, acceptedTokens: accepted } = answer;
      runs.push({ kind, drafts, tokens, steps, drafted, accepted });
    }
    await engine.dispose();
  }
  return kinds.flatMap((kind) => runs.filter((run) => run.kind === kind));
}

export const tokensPerStep = ({ tokens, steps }: Run): number => tokens.length / steps;

/** Whether a run among `runs` gave the tokens of the one without drafts. */
export function sameTokens(runs: readonly Run[], { kind, tokens }: Run): boolean {
  const plain = runs.find((run) => run.kind === kind && run.drafts === 0);
  return plain?.tokens.join() === tokens.join();
}
