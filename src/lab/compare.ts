// Compares two results of one experiment: for each metric, computes the ratio of the medians and its 95 %
// confidence interval.

import { COMMON_TEXTS, rangeText } from './common-texts.ts';
import { formatNumber } from './report/format-cell.ts';
import { CONDITION_NAMES } from './report/report-texts.ts';
import type { Cell, Conditions, LabResult, Metric, Table } from './result.ts';
import { type Interval, median, ratioInterval } from './statistics.ts';
import { type BilingualText, text } from './text.ts';

export type Verdict = 'better' | 'worse' | 'no difference seen' | 'too few samples';

export interface MetricChange {
  readonly name: string;
  readonly title: BilingualText;
  readonly unit: string;
  /** medians */
  readonly before: number;
  readonly after: number;
  /** numbers of samples */
  readonly samples: readonly [before: number, after: number];
  /** after / before; null if `before` is 0 */
  readonly ratio: number | null;
  /** 95 % interval of the ratio; null for counts and for too few samples */
  readonly interval: Interval | null;
  /** `no difference seen` if the interval includes 1 or the counts are equal */
  readonly verdict: Verdict;
}

// With fewer samples, intervals of equal distributions exclude 1 too often.
const MIN_SAMPLES = 5;

type NamedCondition = keyof Conditions & keyof typeof CONDITION_NAMES;

export interface ResultComparison {
  readonly experiment: string;
  /** names of conditions that differ, except dates */
  readonly otherConditions: readonly NamedCondition[];
  readonly changes: readonly MetricChange[];
  /** names of metrics that only one of the two results has */
  readonly unmatched: readonly string[];
}

/** Compares two results of one experiment. */
export function compareResults(before: LabResult, after: LabResult): ResultComparison {
  const pairs = before.metrics.flatMap((metric) => {
    const other = after.metrics.find(({ name }) => name === metric.name);
    return other === undefined ? [] : [[metric, other] as const];
  });
  const matched = new Set(pairs.map(([{ name }]) => name));
  const unmatched = [...before.metrics, ...after.metrics]
    .map(({ name }) => name)
    .filter((name) => !matched.has(name));
  const conditions = Object.keys(CONDITION_NAMES) as NamedCondition[];
  const differs = (name: NamedCondition): boolean =>
    name !== 'date' && JSON.stringify(before.conditions[name]) !== JSON.stringify(after.conditions[name]);
  return {
    experiment: after.experiment,
    otherConditions: conditions.filter(differs),
    changes: pairs.map(([a, b]) => changeOf(a, b)),
    unmatched,
  };
}

function changeOf(a: Metric, b: Metric): MetricChange {
  const before = median(a.samples);
  const after = median(b.samples);
  const hasFewSamples = Math.min(a.samples.length, b.samples.length) < MIN_SAMPLES;
  const interval =
    b.exact === true || hasFewSamples || before === 0 ? null : ratioInterval(a.samples, b.samples);
  return {
    ...{ name: b.name, title: b.title, unit: b.unit, before, after },
    samples: [a.samples.length, b.samples.length],
    ratio: before === 0 ? null : after / before,
    interval,
    verdict: verdictOf(b, { before, after, interval }),
  };
}

function verdictOf(
  { better, exact }: Metric,
  { before, after, interval }: Pick<MetricChange, 'before' | 'after' | 'interval'>,
): Verdict {
  if (before === after) return 'no difference seen';
  if (interval === null && exact !== true) return 'too few samples';
  if (interval !== null && interval.low <= 1 && interval.high >= 1) return 'no difference seen';
  return after < before === (better === 'lower') ? 'better' : 'worse';
}

const VERDICTS: Readonly<Record<Verdict, BilingualText>> = {
  better: text('better', '变好'),
  worse: text('worse', '变差'),
  'no difference seen': text('no difference seen', '无明显差别'),
  'too few samples': text('too few samples', '样本过少'),
};

export function comparisonTable({ experiment, changes }: ResultComparison): Table {
  const f = formatNumber;
  return {
    name: 'compare',
    title: text(`${experiment}: before and after`, `${experiment}：前后对比`),
    columns: [
      { title: COMMON_TEXTS.measure },
      { title: COMMON_TEXTS.unit },
      { title: text('before', '前') },
      { title: text('after', '后') },
      { title: COMMON_TEXTS.ratio },
      { title: COMMON_TEXTS.interval },
      { title: text('samples', '样本数') },
      { title: text('verdict', '结论') },
    ],
    rows: changes.map(({ title, unit, before, after, samples, ratio, interval, verdict }): Cell[] => [
      title,
      unit,
      before,
      after,
      ratio,
      interval === null ? null : rangeText(f(interval.low), f(interval.high)),
      samples.join(' / '),
      VERDICTS[verdict],
    ]),
  };
}
