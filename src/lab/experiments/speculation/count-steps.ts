// Counts steps, draft tokens and accepted tokens. The step observer takes time, so no times are measured here.

import type { StepPlan } from '../../../base/step/step-plan.ts';
import { generateTimedAnswer } from '../../answer.ts';
import type { LabBench } from '../../lab-bench.ts';
import type { SpeculationRun } from './data.ts';
import type { TextKind } from './text-kinds.ts';

export interface CountSettings {
  readonly kinds: readonly TextKind[];
  /** maximum numbers of draft tokens per step; the first is 0 */
  readonly drafts: readonly number[];
  readonly answerTokens: number;
  readonly progress: (done: number) => void;
}

export async function countSteps(
  bench: LabBench,
  { kinds, drafts, answerTokens, progress }: CountSettings,
): Promise<SpeculationRun[]> {
  const runs: SpeculationRun[] = [];
  const tokensWithoutDrafts = new Map<TextKind, string>();
  for (const draftTokens of drafts) {
    let steps = 0;
    const onStep = ({ logitsRows }: StepPlan): void => {
      if (logitsRows.length > 0) steps++;
    };
    const engine = await bench.engine({ draftTokens, maxRunning: 1, onStep });
    for (const kind of kinds) {
      progress(runs.length);
      steps = 0;
      const answer = await generateTimedAnswer(engine, kind.prompt, answerTokens, kind.options);
      const tokens = answer.tokens.join();
      if (draftTokens === 0) tokensWithoutDrafts.set(kind, tokens);
      runs.push({
        kind: kind.name,
        drafts: draftTokens,
        tokens: answer.tokens.length,
        ...{ steps, drafted: answer.draftedTokens, accepted: answer.acceptedTokens },
        tokensEqual: tokens === tokensWithoutDrafts.get(kind),
        msPerToken: [],
      });
    }
    await engine.dispose();
  }
  return kinds.flatMap(({ name }) => runs.filter(({ kind }) => kind === name));
}
