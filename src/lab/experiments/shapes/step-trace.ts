// Describes the recorded steps of one sequence: the tokens that a step computes, and the tokens in the cache before and after.

import type { CachePolicy } from '../../../kv/cache-policy.ts';
import type { RecordedStep } from '../../step-recorder.ts';
import type { TracedStep } from './data.ts';

/** @param steps recorded steps of an engine that ran one sequence */
export function traceSteps(
  steps: readonly RecordedStep[],
  cache: CachePolicy,
  pieceOf: (token: number) => string,
): TracedStep[] {
  return steps.map(({ plan, result }, i) => {
    const context = plan.contextLength[0]!;
    const chosen = plan.logitsRows.length > 0 ? result.selected[0]! : undefined;
    const end = cache === 'none' && chosen !== undefined ? 0 : context;
    const tokens = [...plan.tokens];
    return {
      number: i + 1,
      tokens,
      positions: [...plan.positions],
      context,
      before: plan.positions[0]!,
      after: steps[i + 1]?.plan.positions[0] ?? end,
      pieces: tokens.map(pieceOf),
      ...(chosen !== undefined && { chosen, chosenPiece: pieceOf(chosen) }),
    };
  });
}

/** Returns a row for each computed token, with a mark for each token of the text: visible or masked. */
export function attentionMaskRows(
  { positions, context }: TracedStep,
  window: number | undefined = Number.POSITIVE_INFINITY,
): string[] {
  const columns = Array.from({ length: context }, (_, i) => i);
  return positions.map((position) =>
    columns.map((i) => (i <= position && position - i < window ? '■' : '·')).join(''),
  );
}
