// The sizes of the measured runs: every combination of the listed lengths and concurrencies.

import { QuireError } from '../../base/errors.ts';
import type { KvLayout } from '../../base/model/kv-layout.ts';
import type { CachePolicy } from '../../kv/cache-policy.ts';
import { maxBlocksOwned } from '../../kv/window.ts';

export interface RunSizes {
  /** tokens of each prompt */
  readonly promptTokens: number;
  /** tokens of each answer */
  readonly generateTokens: number;
  /** number of concurrent requests */
  readonly concurrency: number;
}

export type RunLists = { readonly [Name in keyof RunSizes]: readonly number[] };

const MAX_RUNS = 64;
// The context limit of the backends, and the number of requests that an engine queues.
const MAX_VALUES: Readonly<Record<keyof RunSizes, number>> = {
  promptTokens: 2 ** 24,
  generateTokens: 2 ** 24,
  concurrency: 1024,
};

/** Returns every combination, ordered by prompt length, answer length and concurrency as listed. Throws `bad_option`. */
export function allRunSizes(lists: RunLists): readonly RunSizes[] {
  for (const name of ['promptTokens', 'generateTokens', 'concurrency'] as const) checkList(name, lists[name]);
  const count = lists.promptTokens.length * lists.generateTokens.length * lists.concurrency.length;
  if (count > MAX_RUNS)
    throw new QuireError(
      'bad_option',
      `the lists have ${count} combinations`,
      `list fewer lengths and concurrencies: at most ${MAX_RUNS} combinations are measured`,
    );
  return lists.promptTokens.flatMap((promptTokens) =>
    lists.generateTokens.flatMap((generateTokens) =>
      lists.concurrency.map((concurrency) => ({ promptTokens, generateTokens, concurrency })),
    ),
  );
}

function checkList(name: keyof RunSizes, values: readonly number[]): void {
  const maximum = MAX_VALUES[name];
  for (const [i, value] of values.entries()) {
    if (value < 1 || value > maximum)
      throw new QuireError('bad_option', `${name} is ${value}`, `use whole numbers from 1 to ${maximum}`);
    if (values.indexOf(value) < i)
      throw new QuireError('bad_option', `${name} lists ${value} twice`, 'list each number once');
  }
}

/** Returns the length of the longest sequence, in tokens. */
export const longestSequence = (runs: readonly RunSizes[]): number =>
  Math.max(...runs.map(({ promptTokens, generateTokens }) => promptTokens + generateTokens));

export const largestConcurrency = (runs: readonly RunSizes[]): number =>
  Math.max(...runs.map(({ concurrency }) => concurrency));

/** Returns the number of blocks that each layer group needs, so that all requests of a run can be in memory together. */
export function blocksForRuns(
  runs: readonly RunSizes[],
  layout: KvLayout,
  { cache, contextLength, stepTokens }: { cache: CachePolicy; contextLength: number; stepTokens: number },
): readonly number[] {
  const { blockSize } = layout;
  return layout.groups.map(({ keeps }) => {
    const blocksOf = (length: number): number =>
      maxBlocksOwned(cache === 'paged' ? keeps : 'all', length, stepTokens, blockSize);
    // The scheduler reserves one more block for each running sequence. Other policies than `paged` reserve whole contexts.
    const ofSequence = (length: number): number =>
      cache === 'paged' ? Math.min(blocksOf(length) + 1, blocksOf(contextLength)) : blocksOf(contextLength);
    return Math.max(
      ...runs.map(
        ({ promptTokens, generateTokens, concurrency }) =>
          concurrency * ofSequence(promptTokens + generateTokens),
      ),
    );
  });
}
