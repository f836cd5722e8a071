// The report of the experiment `compile`.

import { COMMON_TEXTS, rangeText } from '../../common-texts.ts';
import { differenceFromJson } from '../../data-schemas.ts';
import { column, type Findings } from '../../findings.ts';
import { formatNumber as f } from '../../report/format-cell.ts';
import { type Interval, median, ratioInterval } from '../../statistics.ts';
import type { BilingualText } from '../../text.ts';
import {
  type ByVariant,
  byVariant,
  type CompileData,
  type TapeCounts,
  VARIANTS,
  type Variant,
} from './data.ts';
import { TEXTS } from './texts.ts';

const NAMES = TEXTS.variants;

const MEASURES = [
  { name: 'decode', title: COMMON_TEXTS.decode, samples: 'decodeMs' },
  { name: 'prefill', title: COMMON_TEXTS.prefill, samples: 'prefillMs' },
] as const;

export function reportCompile(data: CompileData, findings: Findings, complete: boolean): void {
  reportTapes(data, findings);
  reportKinds(data.tapes, findings);
  concludeTapes(data.tapes, findings);
  if (data.equality !== undefined) reportEquality(data, data.equality, findings);
  addMetrics(data, findings);
  if (complete) reportTimes(data, findings);
}

interface TapeRow {
  readonly title: BilingualText;
  readonly unit: string;
  readonly values: ByVariant<number>;
}

function reportTapes({ tapes, stepTokens }: CompileData, findings: Findings): void {
  const row = (title: BilingualText, valueFor: (tape: TapeCounts) => number, unit = ''): TapeRow => ({
    ...{ title, unit },
    values: byVariant((variant) => valueFor(tapes[variant])),
  });
  const kib = 1024;
  const rows = [
    row(TEXTS.operations, ({ operations }) => operations),
    row(TEXTS.waits, ({ waits }) => waits),
    row(TEXTS.buffers, ({ buffers }) => buffers),
    row(TEXTS.separateBuffers, ({ separateBytes }) => separateBytes / kib, 'KiB'),
    row(TEXTS.arena, ({ arenaBytes }) => arenaBytes / kib, 'KiB'),
  ];
  findings.table(['tape', TEXTS.tapeTitle(stepTokens)], rows, [
    column(COMMON_TEXTS.measure, ({ title }) => title),
    column(COMMON_TEXTS.unit, ({ unit }) => unit),
    column(NAMES.unfused, ({ values }) => values.unfused),
    column(NAMES.fused, ({ values }) => values.fused),
    column(COMMON_TEXTS.ratio, ({ values }) => values.fused / values.unfused),
  ]);
}

function reportKinds(tapes: ByVariant<TapeCounts>, findings: Findings): void {
  const kinds = [...new Set(VARIANTS.flatMap((variant) => Object.keys(tapes[variant].kinds)))];
  const count = (variant: Variant, kind: string): number => tapes[variant].kinds[kind] ?? 0;
  findings.table(['kinds', TEXTS.kindsTitle], kinds, [
    column(TEXTS.kind, (kind) => kind),
    column(NAMES.unfused, (kind) => count('unfused', kind)),
    column(NAMES.fused, (kind) => count('fused', kind)),
  ]);
  const changedKinds = kinds.filter((kind) => count('unfused', kind) !== count('fused', kind));
  findings.chart({
    name: 'operations',
    kind: 'bars',
    title: TEXTS.operationsChartTitle,
    x: { title: TEXTS.kind },
    y: { title: TEXTS.operations },
    series: VARIANTS.map((variant) => ({
      name: NAMES[variant],
      points: changedKinds.map((kind): [string, number] => [kind, count(variant, kind)]),
    })),
  });
}

function concludeTapes({ unfused, fused }: ByVariant<TapeCounts>, findings: Findings): void {
  findings.observe(
    TEXTS.counts({
      ...{ operations: [fused.operations, unfused.operations], waits: [fused.waits, unfused.waits] },
    }),
  );
  if (fused.operations >= unfused.operations) findings.contradict(TEXTS.nothingFused);
  if (fused.arenaBytes >= unfused.arenaBytes) findings.contradict(TEXTS.arenaNotSmaller);
}

function reportEquality(
  { promptTokens }: CompileData,
  equality: NonNullable<CompileData['equality']>,
  findings: Findings,
): void {
  findings.table(
    ['correct', TEXTS.comparisonTitle],
    [equality],
    [
      column(COMMON_TEXTS.prompt, () => promptTokens, 'tokens'),
      column(COMMON_TEXTS.answer, ({ answerTokens }) => answerTokens, 'tokens'),
      column(COMMON_TEXTS.tokensEqual, ({ tokensEqual }) => tokensEqual),
      column(COMMON_TEXTS.logitDifference, ({ logitDifference }) => differenceFromJson(logitDifference)),
    ],
  );
  const { tokensEqual, logitDifference } = equality;
  if (tokensEqual && logitDifference === 0) findings.observe(COMMON_TEXTS.bitsEqual);
  else findings.contradict(TEXTS.bitsDiffer);
}

function addMetrics({ times, promptTokens }: CompileData, findings: Findings): void {
  for (const variant of VARIANTS)
    for (const { name, title, samples } of MEASURES)
      findings.metric(
        {
          name: `${name}, ${variant}, text of ${promptTokens}`,
          title: TEXTS.timeMetric(NAMES[variant], title),
          unit: 'ms',
          better: 'lower',
        },
        times[variant][samples],
      );
}

interface TimeComparison {
  readonly title: BilingualText;
  readonly ms: ByVariant<number>;
  readonly ratio: number;
  readonly interval: Interval;
}

function reportTimes({ times, promptTokens, answerTokens }: CompileData, findings: Findings): void {
  const compared = MEASURES.map(({ title, samples }): TimeComparison => {
    const ms = byVariant((variant) => median(times[variant][samples]));
    const interval = ratioInterval(times.unfused[samples], times.fused[samples]);
    return { title, ms, ratio: ms.fused / ms.unfused, interval };
  });
  const rangeOf = ({ interval: { low, high } }: TimeComparison): string => rangeText(f(low), f(high));
  findings.table(['time', TEXTS.timeTitle(promptTokens, answerTokens)], compared, [
    column(COMMON_TEXTS.measure, ({ title }) => title),
    column(NAMES.unfused, ({ ms }) => ms.unfused, 'ms'),
    column(NAMES.fused, ({ ms }) => ms.fused, 'ms'),
    column(COMMON_TEXTS.ratio, ({ ratio }) => ratio),
    column(COMMON_TEXTS.interval, rangeOf),
  ]);
  findings.chart({
    name: 'time',
    kind: 'bars',
    title: TEXTS.timeChartTitle,
    x: { title: COMMON_TEXTS.measure },
    y: { title: TEXTS.relativeTime },
    series: VARIANTS.map((variant) => ({
      name: NAMES[variant],
      points: compared.map(({ title, ratio }): [BilingualText, number] => [
        title,
        variant === 'fused' ? ratio : 1,
      ]),
    })),
  });
  for (const comparison of compared) {
    findings.observe(TEXTS.timeResult(comparison.title, f(comparison.ratio), rangeOf(comparison)));
    if (comparison.interval.high >= 1)
      findings.contradict(TEXTS.noGain(comparison.title, f(comparison.interval.high)));
  }
}
