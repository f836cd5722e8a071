// The report of the experiment `speculation`.

import { COMMON_TEXTS, rangeText } from '../../common-texts.ts';
import { column, type Findings, type RowColumn } from '../../findings.ts';
import { formatNumber as f } from '../../report/format-cell.ts';
import { type Interval, median, ratioInterval } from '../../statistics.ts';
import { type SpeculationData, type SpeculationRun, TEXT_KINDS, type TextKindName } from './data.ts';
import { TEXTS } from './texts.ts';

const MIN_GAIN = 0.8; // minimum speed-up, as a share of the tokens per step
const NAMES = TEXTS.kinds;

export function reportSpeculation(data: SpeculationData, findings: Findings, complete: boolean): void {
  const { runs } = data;
  reportCounts(data, findings);
  addMetrics(data, findings);
  if (!complete) return;
  const timed = runs.map((run) => timingOf(run, runs));
  reportTimes(timed, findings);
  if (runs.every(({ tokensEqual }) => tokensEqual)) findings.observe(TEXTS.tokensEqual);
  else findings.contradict(TEXTS.tokensDiffer);
  for (const kind of TEXT_KINDS)
    concludeSpeed(
      kind,
      timed.filter((run) => run.kind === kind),
      findings,
    );
}

const tokensPerStep = ({ tokens, steps }: SpeculationRun): number => tokens / steps;

const RUN_COLUMNS: readonly RowColumn<SpeculationRun>[] = [
  column(TEXTS.text, ({ kind }) => NAMES[kind]),
  column(TEXTS.draftsPerStep, ({ drafts }) => drafts),
];

function reportCounts({ runs, answerTokens }: SpeculationData, findings: Findings): void {
  findings.table(['counts', TEXTS.countsTitle(answerTokens)], runs, [
    ...RUN_COLUMNS,
    column(TEXTS.drafted, ({ drafted }) => drafted),
    column(TEXTS.accepted, ({ accepted }) => accepted),
    column(TEXTS.steps, ({ steps }) => steps),
    column(TEXTS.tokensPerStep, tokensPerStep),
    column(COMMON_TEXTS.tokensEqual, ({ tokensEqual }) => tokensEqual),
  ]);
  findings.chart({
    name: 'right',
    kind: 'bars',
    title: TEXTS.acceptedTitle,
    x: { title: TEXTS.maxDrafts },
    y: { title: TEXTS.accepted, unit: '%' },
    series: TEXT_KINDS.map((kind) => ({
      name: NAMES[kind],
      points: runs
        .filter((run) => run.kind === kind && run.drafted > 0)
        .map(({ drafts, drafted, accepted }): [string, number] => [`${drafts}`, (100 * accepted) / drafted]),
    })),
  });
}

function addMetrics({ runs, answerTokens }: SpeculationData, findings: Findings): void {
  for (const { kind, drafts, msPerToken } of runs)
    findings.metric(
      {
        name: `${kind}, ${drafts} guesses, answer of ${answerTokens}`,
        title: TEXTS.timeMetric(NAMES[kind], drafts),
        unit: 'ms',
        better: 'lower',
      },
      msPerToken,
    );
}

interface TimedRun extends SpeculationRun {
  readonly ms: number;
  /** time per step, without the step that computes the prompt and generates the first token */
  readonly stepMs: number;
  readonly speedUp: number;
  readonly interval: Interval;
}

function timingOf(run: SpeculationRun, runs: readonly SpeculationRun[]): TimedRun {
  const withoutDrafts = runs.find(({ kind, drafts }) => kind === run.kind && drafts === 0)!.msPerToken;
  const ms = median(run.msPerToken);
  return {
    ...run,
    ms,
    stepMs: (ms * (run.tokens - 1)) / Math.max(1, run.steps - 1),
    speedUp: median(withoutDrafts) / ms,
    interval: ratioInterval(run.msPerToken, withoutDrafts),
  };
}

const rangeOf = ({ interval: { low, high } }: TimedRun): string => rangeText(f(low), f(high));

function reportTimes(runs: readonly TimedRun[], findings: Findings): void {
  findings.table(['time', TEXTS.timeTitle], runs, [
    ...RUN_COLUMNS,
    column<TimedRun>(TEXTS.timePerStep, ({ stepMs }) => stepMs, 'ms'),
    column<TimedRun>(COMMON_TEXTS.timePerToken, ({ ms }) => ms, 'ms'),
    column<TimedRun>(COMMON_TEXTS.speed, ({ ms }) => 1000 / ms, 'tokens/s'),
    column<TimedRun>(TEXTS.speedUp, ({ speedUp }) => speedUp),
    column<TimedRun>(COMMON_TEXTS.interval, (run) => (run.drafts === 0 ? null : rangeOf(run))),
  ]);
  findings.chart({
    name: 'speed',
    kind: 'lines',
    title: TEXTS.speedTitle,
    x: { title: TEXTS.maxDrafts },
    y: { title: TEXTS.speedUpAxis },
    series: TEXT_KINDS.map((kind) => ({
      name: NAMES[kind],
      points: runs
        .filter((run) => run.kind === kind)
        .map(({ drafts, speedUp }): [number, number] => [drafts, speedUp]),
    })),
  });
}

/** @param runs all runs of one kind of text; the first is without drafts */
function concludeSpeed(
  kind: TextKindName,
  [withoutDrafts, ...withDrafts]: readonly TimedRun[],
  findings: Findings,
): void {
  const best = withDrafts.toSorted((a, b) => b.speedUp - a.speedUp)[0];
  if (withoutDrafts === undefined || best === undefined) return;
  const { drafts, drafted, accepted, speedUp, interval } = best;
  const perStep = tokensPerStep(best);
  findings.observe(
    TEXTS.result(NAMES[kind], {
      ...{ drafts, accepted: f(accepted), drafted: f(drafted), perStep: f(perStep) },
      cost: f(best.stepMs / withoutDrafts.stepMs),
      speedUp: interval.low > 1 ? f(speedUp) : undefined,
      range: rangeOf(best),
    }),
  );
  if (interval.high < MIN_GAIN * perStep)
    findings.contradict(TEXTS.smallGain(NAMES[kind], f(speedUp), f(perStep)));
  const slowerRuns = withDrafts.filter((run) => run.interval.high < 1);
  if (slowerRuns.length > 0)
    findings.contradict(
      TEXTS.slower(
        NAMES[kind],
        slowerRuns.map((run) => [run.drafts, f(run.speedUp)]),
      ),
    );
}
