// The report of the experiment `modes`.

import { COMMON_TEXTS } from '../../common-texts.ts';
import { differenceFromJson } from '../../data-schemas.ts';
import { column, type Findings, type RowColumn } from '../../findings.ts';
import { formatNumber as f } from '../../report/format-cell.ts';
import { fitLine, median } from '../../statistics.ts';
import { byMode, MODES, type Mode, type ModesData, type ModesPoint, type ModesTiming } from './data.ts';
import { TEXTS } from './texts.ts';

const MAX_FLAT_RISE = 0.5; // as a share of the time at the shortest length
const NAMES = TEXTS.modes;

export function reportModes(data: ModesData, findings: Findings, complete: boolean): void {
  reportAnswers(data, findings);
  if (data.points.length === 0) return;
  reportTimes(data, findings);
  reportMemory(data.points, findings);
  if (complete) concludeGrowth(data.points, findings);
}

function reportAnswers({ answers, answerTokens, points }: ModesData, findings: Findings): void {
  findings.table(['correct', TEXTS.comparisonTitle(answerTokens)], answers, [
    column(COMMON_TEXTS.prompt, ({ promptTokens }) => promptTokens, 'tokens'),
    column(COMMON_TEXTS.cache, ({ mode }) => NAMES[mode]),
    column(COMMON_TEXTS.tokensEqual, ({ tokensEqual }) => tokensEqual),
    column(COMMON_TEXTS.logitDifference, ({ logitDifference }) => differenceFromJson(logitDifference)),
    column(TEXTS.totalTime, ({ totalMs }) => totalMs, 'ms'),
  ]);
  if (answers.some(({ tokensEqual, logitDifference }) => !tokensEqual || logitDifference !== 0))
    findings.contradict(TEXTS.answersDiffer);
  else if (points.length > 0) findings.observe(TEXTS.answersEqual); // all answers are compared before the first point
}

interface Row extends ModesTiming {
  readonly length: number;
  readonly mode: Mode;
}

const rowsOf = (points: readonly ModesPoint[]): Row[] =>
  points.flatMap(({ length, timings }) => MODES.map((mode) => ({ length, mode, ...timings[mode] })));

const ROW_COLUMNS: readonly RowColumn<Row>[] = [
  column(COMMON_TEXTS.textLength, ({ length }) => length, 'tokens'),
  column(COMMON_TEXTS.cache, ({ mode }) => NAMES[mode]),
];

function reportTimes({ points, timedTokens }: ModesData, findings: Findings): void {
  findings.table(['time', TEXTS.timeTitle], rowsOf(points), [
    ...ROW_COLUMNS,
    column(COMMON_TEXTS.timePerToken, ({ msPerToken }) => median(msPerToken), 'ms'),
    column(COMMON_TEXTS.firstToken, ({ ttftMs }) => median(ttftMs), 'ms'),
    column(TEXTS.promptAndTokens(timedTokens), ({ totalMs }) => median(totalMs), 'ms'),
  ]);
  findings.chart({
    name: 'time',
    kind: 'lines',
    title: COMMON_TEXTS.timePerTokenTitle,
    x: { title: COMMON_TEXTS.textLength, unit: 'tokens' },
    y: { title: COMMON_TEXTS.timePerToken, unit: 'ms' },
    series: MODES.map((mode) => ({
      name: NAMES[mode],
      points: points.map(({ length, timings }) => [length, median(timings[mode].msPerToken)]),
    })),
  });
  const { length, timings } = points.at(-1)!;
  for (const mode of MODES)
    findings.metric(
      {
        name: `${mode}, text of ${length}`,
        title: TEXTS.timeMetric(NAMES[mode], length),
        unit: 'ms',
        better: 'lower',
      },
      timings[mode].msPerToken,
    );
}

function reportMemory(points: readonly ModesPoint[], findings: Findings): void {
  findings.table(['memory', TEXTS.memoryTitle], rowsOf(points), [
    ...ROW_COLUMNS,
    column(TEXTS.reserved, ({ reservedBytes }) => reservedBytes, 'bytes'),
    column(TEXTS.used, ({ usedBytes }) => usedBytes, 'bytes'),
    column(TEXTS.wasted, ({ wastedBytes }) => wastedBytes, 'bytes'),
  ]);
  const kib = (mode: Mode, bytes: 'reservedBytes' | 'wastedBytes'): [number, number][] =>
    points.map(({ length, timings }) => [length, timings[mode][bytes] / 1024]);
  findings.chart({
    name: 'memory',
    kind: 'lines',
    title: TEXTS.memoryChartTitle,
    x: { title: COMMON_TEXTS.textLength, unit: 'tokens' },
    y: { title: COMMON_TEXTS.memory, unit: 'KiB' },
    series: (['contiguous', 'paged'] as const).flatMap((mode, colour) => [
      { name: TEXTS.reservedSeries(NAMES[mode]), colour, points: kib(mode, 'reservedBytes') },
      {
        name: TEXTS.wastedSeries(NAMES[mode]),
        style: 'dashes' as const,
        colour,
        points: kib(mode, 'wastedBytes'),
      },
    ]),
  });
}

function concludeGrowth(points: readonly ModesPoint[], findings: Findings): void {
  if (points.length < 2) return;
  const msAt = ({ timings }: ModesPoint, mode: Mode): number => median(timings[mode].msPerToken);
  const fits = byMode((mode) => fitLine(points.map((point) => [point.length, msAt(point, mode)])));
  findings.table(['growth', TEXTS.fitTitle], MODES, [
    column(COMMON_TEXTS.cache, (mode) => NAMES[mode]),
    column(TEXTS.intercept, (mode) => fits[mode].intercept, 'ms'),
    column(TEXTS.slope, (mode) => 1000 * fits[mode].slope, 'µs'),
    column(COMMON_TEXTS.explained, (mode) => fits[mode].r2),
    column(COMMON_TEXTS.largestResidual, (mode) => Math.max(...fits[mode].residuals.map(Math.abs)), 'ms'),
  ]);
  const [first, last] = [points[0]!, points.at(-1)!];
  const ms = byMode((mode) => msAt(last, mode));
  findings.observe(
    TEXTS.timesAtEnd(
      last.length,
      byMode((mode) => f(ms[mode])),
      f(ms.none / ms.paged),
    ),
  );
  if (!(fits.none.slope > 0 && ms.none > ms.paged)) findings.contradict(TEXTS.noGrowth);
  for (const mode of ['contiguous', 'paged'] as const) {
    const rise = ms[mode] / msAt(first, mode) - 1;
    if (rise <= MAX_FLAT_RISE) continue;
    findings.contradict(
      TEXTS.notFlat(NAMES[mode], {
        ...{ first: first.length, last: last.length, percent: f(100 * rise) },
        ...{ slope: f(1000 * fits[mode].slope), r2: f(fits[mode].r2) },
      }),
    );
  }
}
