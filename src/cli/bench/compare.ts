// Compares a result with an earlier one: for each run in both, the ratio of the speeds and how far it varies between
// repetitions.

import { QuireError } from '../../base/errors.ts';
import type { Speeds } from './measure.ts';
import type { EarlierResult, EarlierRun } from './result.ts';
import type { RunSizes } from './run-sizes.ts';

export interface Ratio {
  /** median now / median earlier */
  readonly ratio: number;
  /** slowest repetition now / fastest earlier, and fastest now / slowest earlier */
  readonly lowest: number;
  readonly highest: number;
}

export interface RunComparison extends RunSizes {
  /** absent if the earlier speed is 0, because no tokens were generated */
  readonly prefill?: Ratio;
  readonly decode?: Ratio;
  readonly throughput?: Ratio;
}

export interface BenchComparison {
  readonly runs: readonly RunComparison[];
  /** duration of loading now / earlier: below 1 is faster; loading is measured once */
  readonly loadRatio?: number;
  /** runs that only one of the results contains */
  readonly notCompared: readonly (RunSizes & { readonly onlyIn: 'the earlier result' | 'this result' })[];
  /** differences because of which the ratios may not show what changed */
  readonly notes: readonly string[];
}

/** The conditions under which runs can be compared, and those that are only noted. */
export type Conditions = Pick<
  EarlierResult,
  | 'model'
  | 'weightType'
  | 'weightBytes'
  | 'kvDtype'
  | 'threads'
  | 'backend'
  | 'instructionSet'
  | 'cache'
  | 'draftTokens'
>;

const REQUIRED = {
  model: 'model',
  weightType: 'type of the weights',
  weightBytes: 'size of the weights in bytes',
  kvDtype: 'type of keys and values',
  threads: 'number of threads',
} as const;
const NOTED = {
  backend: 'backend',
  instructionSet: 'instruction set',
  cache: 'cache policy',
  draftTokens: 'number of draft tokens',
} as const;

const sizesOf = ({ promptTokens, generateTokens, concurrency }: RunSizes): RunSizes => ({
  ...{ promptTokens, generateTokens, concurrency },
});
const hasSizes = (a: RunSizes, b: RunSizes): boolean =>
  a.promptTokens === b.promptTokens &&
  a.generateTokens === b.generateTokens &&
  a.concurrency === b.concurrency;

/** Throws `bad_option` if no run can be compared, so that this is reported before the runs are measured. */
export function checkComparable(earlier: EarlierResult, now: Conditions, runs: readonly RunSizes[]): void {
  const different = differences(earlier, now, REQUIRED);
  if (different.length > 0)
    throw new QuireError(
      'bad_option',
      `the earlier result was measured under other conditions: ${different.join(', ')}`,
      'use the same model, --kv-dtype and --threads, or compare with another file',
    );
  if (runs.some((run) => earlier.runs.some((other) => hasSizes(run, other)))) return;
  const [{ promptTokens, generateTokens, concurrency } = runs[0]!] = earlier.runs;
  throw new QuireError(
    'bad_option',
    'the earlier result contains none of the requested runs',
    `measure for example --prompt-tokens ${promptTokens} --generate-tokens ${generateTokens} --concurrency ${concurrency}`,
  );
}

export function compareBench(earlier: EarlierResult, now: EarlierResult): BenchComparison {
  const pairs = now.runs.flatMap((run) => {
    const other = earlier.runs.find((candidate) => hasSizes(candidate, run));
    return other === undefined ? [] : [[other, run] as const];
  });
  const isPaired = (run: EarlierRun): boolean => pairs.flat().includes(run);
  const unpaired = (
    { runs }: EarlierResult,
    onlyIn: 'the earlier result' | 'this result',
  ): BenchComparison['notCompared'] =>
    runs.filter((run) => !isPaired(run)).map((run) => ({ ...sizesOf(run), onlyIn }));
  return {
    runs: pairs.map(([before, after]) => compareRuns(before, after)),
    ...(earlier.loadMs > 0 && { loadRatio: now.loadMs / earlier.loadMs }),
    notCompared: [...unpaired(earlier, 'the earlier result'), ...unpaired(now, 'this result')],
    notes: notesOn(earlier, now),
  };
}

function compareRuns(before: EarlierRun, after: EarlierRun): RunComparison {
  const ratios = (['prefill', 'decode', 'throughput'] as const).flatMap((name) => {
    const ratio = ratioOf(before, after, `${name}TokensPerSecond`);
    return ratio === undefined ? [] : [[name, ratio] as const];
  });
  return { ...sizesOf(after), ...Object.fromEntries(ratios) };
}

function ratioOf(before: EarlierRun, after: EarlierRun, speed: keyof Speeds): Ratio | undefined {
  const speedsOf = ({ repetitions }: EarlierRun): number[] => repetitions.map((values) => values[speed]);
  const [earlier, now] = [speedsOf(before), speedsOf(after)];
  if (before[speed] === 0 || Math.min(...earlier) === 0) return undefined;
  return {
    ratio: after[speed] / before[speed],
    lowest: Math.min(...now) / Math.max(...earlier),
    highest: Math.max(...now) / Math.min(...earlier),
  };
}

function notesOn(earlier: EarlierResult, now: EarlierResult): string[] {
  const disturbed = [
    ...(earlier.disturbed === true ? ['the earlier result'] : []),
    ...(now.disturbed === true ? ['this result'] : []),
  ].map((which) => `${which} was measured on a disturbed machine`);
  return [...disturbed, ...differences(earlier, now, NOTED)];
}

function differences<Name extends keyof Conditions>(
  earlier: Conditions,
  now: Conditions,
  names: Readonly<Record<Name, string>>,
): string[] {
  return (Object.keys(names) as Name[])
    .filter((name) => earlier[name] !== now[name])
    .map((name) => `${names[name]} ${earlier[name]} (now ${now[name]})`);
}
