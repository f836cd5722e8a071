// Recorded steps of one sequence, each as what it computed and what the cache held before and after.

import type { CachePolicy } from '../../../kv/cache-policy.ts';
import type { RecordedStep } from '../../step-recorder.ts';

export interface FedStep {
  /** from 1 */
  readonly number: number;
  /** ids and places of the tokens that the step computed */
  readonly tokens: readonly number[];
  readonly positions: readonly number[];
  /** tokens that the step's attention can see: cached before and computed now */
  readonly context: number;
  /** tokens in the cache, the same in every layer, when the step begins */
  readonly before: number;
  /** and when the next one does */
  readonly after: number;
  /** the token that was chosen; absent while a prompt is computed in parts */
  readonly chosen: number | undefined;
}

/** @param steps of an engine that ran one sequence */
export function fedSteps(steps: readonly RecordedStep[], cache: CachePolicy): FedStep[] {
  return steps.map(({ plan, result }, i) => {
    const before = plan.positions[0]!;
    const context = plan.contextLength[0]!;
    const chosen = plan.logitsRows.length > 0 ? result.selected[0]! : undefined;
    const end = cache === 'none' && chosen !== undefined ? 0 : context;
    return {
      number: i + 1,
      tokens: [...plan.tokens],
      positions: [...plan.positions],
      ...{ context, before, chosen },
      after: steps[i + 1]?.plan.positions[0] ?? end,
    };
  });
}

/** A row for each computed token, a sign for each token of the text: seen, or not. */
export function maskRows({ positions, context }: FedStep, window = Number.POSITIVE_INFINITY): string[] {
  const places = Array.from({ length: context }, (_, place) => place);
  return positions.map((position) =>
    places.map((place) => (place <= position && position - place < window ? '■' : '·')).join(''),
  );
}
