// The report of the experiment `turns`. The part on truncated chats is in report-truncation.ts.

import { sum } from '../../../base/sum.ts';
import { COMMON_TEXTS } from '../../common-texts.ts';
import { column, type Findings, type RowColumn } from '../../findings.ts';
import { formatNumber as f } from '../../report/format-cell.ts';
import { median } from '../../statistics.ts';
import {
  byVariant,
  computedTokens,
  type TurnRecords,
  type TurnsData,
  VARIANTS,
  type Variant,
} from './data.ts';
import { reportTruncation } from './report-truncation.ts';
import { TEXTS } from './texts.ts';

const NAMES = TEXTS.variants;
const REUSING_VARIANTS = ['reuse', 'restart', 'rewritten'] as const;

export function reportTurns(data: TurnsData, findings: Findings, complete: boolean): void {
  if (data.turns === 0) return findings.skip(TEXTS.contextTooShort);
  if (data.chats === undefined) return;
  reportAnswers(data, findings);
  reportCounts(data.chats, findings);
  reportTimes(data.chats, findings);
  if (!complete) return;
  conclude(data, data.chats, findings);
  reportTruncation(data, findings);
}

function reportAnswers({ equal, turns, answerTokens }: TurnsData, findings: Findings): void {
  if (equal === undefined) return;
  findings.table(['correct', TEXTS.comparisonTitle(answerTokens)], VARIANTS, [
    column(TEXTS.variant, (variant) => NAMES[variant]),
    column(TEXTS.answers, (variant) => (variant === 'rewritten' ? 1 : turns)),
    column(TEXTS.equalToUncached, (variant) => equal[variant]),
  ]);
  if (VARIANTS.every((variant) => equal[variant])) findings.observe(TEXTS.answersEqual);
  else findings.contradict(TEXTS.answersDiffer);
}

/** One turn of the chat in each variant. */
type TurnRow = Readonly<Record<Variant, TurnRecords[Variant][number]>>;

const rowsOf = (chats: TurnRecords): TurnRow[] =>
  chats.none.map((_, turn) => byVariant((variant) => chats[variant][turn]!));

const TURN_COLUMNS: readonly RowColumn<TurnRow>[] = [
  column(TEXTS.turn, (_, index) => index + 1),
  column(COMMON_TEXTS.prompt, ({ none }) => none.promptTokens, 'tokens'),
];

function reportCounts(chats: TurnRecords, findings: Findings): void {
  findings.table(['tokens', TEXTS.tokensTitle], rowsOf(chats), [
    ...TURN_COLUMNS,
    column(TEXTS.computedBy(NAMES.none), ({ none }) => computedTokens(none)),
    ...REUSING_VARIANTS.flatMap((variant) => [
      column<TurnRow>(TEXTS.cachedBy(NAMES[variant]), (row) => row[variant].cachedTokens),
      column<TurnRow>(TEXTS.computedBy(NAMES[variant]), (row) => computedTokens(row[variant])),
    ]),
  ]);
  findings.chart({
    name: 'computed',
    kind: 'lines',
    title: TEXTS.computedChartTitle,
    x: { title: TEXTS.turn },
    y: { title: TEXTS.computedAxis, unit: 'tokens' },
    series: VARIANTS.map((variant) => ({
      name: NAMES[variant],
      points: chats[variant].map((turn, i) => [i + 1, computedTokens(turn)]),
    })),
  });
}

function reportTimes(chats: TurnRecords, findings: Findings): void {
  findings.table(['ttft', TEXTS.ttftTitle], rowsOf(chats), [
    ...TURN_COLUMNS,
    ...VARIANTS.map((variant) => column<TurnRow>(NAMES[variant], (row) => median(row[variant].ttftMs), 'ms')),
  ]);
  findings.chart({
    name: 'ttft',
    kind: 'lines',
    title: TEXTS.ttftTitle,
    x: { title: TEXTS.turn },
    y: { title: COMMON_TEXTS.firstToken, unit: 'ms' },
    series: VARIANTS.map((variant) => ({
      name: NAMES[variant],
      points: chats[variant].map(({ ttftMs }, i) => [i + 1, median(ttftMs)]),
    })),
  });
}

function conclude(data: TurnsData, chats: TurnRecords, findings: Findings): void {
  const last = byVariant((variant) => chats[variant].at(-1)!);
  const ms = byVariant((variant) => median(last[variant].ttftMs));
  for (const variant of VARIANTS)
    findings.metric(
      {
        name: `${variant}: first token of turn ${data.turns}`,
        title: TEXTS.ttftMetric(NAMES[variant], data.turns),
        unit: 'ms',
        better: 'lower',
      },
      last[variant].ttftMs,
    );
  const total = (variant: Variant): string => f(sum(chats[variant].map(computedTokens)));
  const formatted = byVariant((variant) => f(ms[variant]));
  findings.observe(
    TEXTS.lastTurn(data.turns, {
      ...{ promptTokens: f(last.none.promptTokens), computed: f(computedTokens(last.reuse)), ms: formatted },
      ...{ total: total('reuse'), totalUncached: total('none') },
    }),
  );
  findings.observe(
    TEXTS.restartAndRewrite({
      ...{ diskTokens: f(last.restart.diskTokens), restartComputed: f(computedTokens(last.restart)) },
      ...{ thoughtTokens: data.thoughtTokens, rewrittenComputed: f(computedTokens(last.rewritten)) },
      ms: formatted,
    }),
  );
  if (ms.reuse >= ms.none) findings.contradict(TEXTS.noTimeSaved);
  if (ms.restart >= ms.none) findings.contradict(TEXTS.diskNotFaster(formatted, f(last.restart.diskTokens)));
  const expectedTokens = data.questionTokens + data.answerTokens + 1;
  const exceedingTurns = chats.rewritten
    .slice(1)
    .filter((turn) => computedTokens(turn) > expectedTokens).length;
  if (exceedingTurns > 0) findings.contradict(TEXTS.rewrittenComputesMore(exceedingTurns));
}
