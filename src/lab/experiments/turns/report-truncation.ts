// The part of the report of the experiment `turns` on chats that exceed the context. If a truncation removes more
// turns than necessary, few later turns need a full prefill.

import { sum } from '../../../base/sum.ts';
import { column, type Findings } from '../../findings.ts';
import { formatNumber as f } from '../../report/format-cell.ts';
import { median } from '../../statistics.ts';
import { computedTokens, type TruncatedTurn, type Truncation, type TurnsData } from './data.ts';
import { TEXTS } from './texts.ts';

interface Summary {
  readonly lowWater: number;
  readonly turns: readonly TruncatedTurn[];
  readonly truncations: number;
  /** number of turns after the first truncation */
  readonly turnsAfter: number;
  /** number of turns after the first truncation that reused all of the text so far */
  readonly reusingTurns: number;
  /** number of prompt tokens computed in the turns after the first truncation */
  readonly computed: number;
}

function summarize({ lowWater, turns }: Truncation['chats'][number]): Summary {
  const first = turns.findIndex(({ cut }) => cut);
  const turnsAfter = first < 0 ? [] : turns.slice(first + 1);
  return {
    ...{ lowWater, turns },
    truncations: turns.filter(({ cut }) => cut).length,
    turnsAfter: turnsAfter.length,
    reusingTurns: turnsAfter.filter(({ reused }) => reused).length,
    computed: sum(turnsAfter.map(computedTokens)),
  };
}

export function reportTruncation({ truncation, answerTokens }: TurnsData, findings: Findings): void {
  if (truncation === undefined) return;
  if (truncation === null) return findings.observe(TEXTS.noTemplate);
  const { contextLength, chats } = truncation;
  const summaries = chats.map(summarize);
  findings.table(['truncation', TEXTS.truncationTitle(contextLength, answerTokens)], summaries, [
    column(TEXTS.truncatedTo, ({ lowWater }) => percent(lowWater)),
    column(TEXTS.turns, ({ turns }) => turns.length),
    column(TEXTS.truncations, ({ truncations }) => truncations),
    column(TEXTS.turnsAfterTruncation, ({ turnsAfter }) => turnsAfter),
    column(TEXTS.reusingTurns, ({ reusingTurns }) => reusingTurns),
    column(TEXTS.computedAfterTruncation, ({ computed }) => computed, 'tokens'),
    column(TEXTS.medianFirstToken, ({ turns }) => median(turns.map(({ ttftMs }) => ttftMs)), 'ms'),
  ]);
  findings.chart({
    name: 'truncation',
    kind: 'lines',
    title: TEXTS.truncationChartTitle,
    x: { title: TEXTS.turn },
    y: { title: TEXTS.computedAxis, unit: 'tokens' },
    series: chats.map(({ lowWater, turns }) => ({
      name: TEXTS.truncatedToSeries(percent(lowWater)),
      points: turns.map((turn, i) => [i + 1, computedTokens(turn)]),
    })),
  });
  const [toLowMark, toHighMark] = summaries;
  if (toLowMark !== undefined && toHighMark !== undefined)
    conclude(contextLength, toLowMark, toHighMark, findings);
}

function conclude(contextLength: number, toLowMark: Summary, toHighMark: Summary, findings: Findings): void {
  if (toLowMark.turnsAfter === 0) return findings.observe(TEXTS.tooShort);
  const reuseShare = toLowMark.reusingTurns / toLowMark.turnsAfter;
  findings.metric(
    {
      name: `turns after a cut that reuse, context of ${contextLength}`,
      title: TEXTS.reuseMetric,
      unit: '%',
      better: 'higher',
      exact: true,
    },
    [100 * reuseShare],
  );
  const formatted = ({ lowWater, truncations, turnsAfter, reusingTurns, computed }: Summary) => ({
    ...{ truncations, turnsAfter, reusingTurns },
    truncatedTo: percent(lowWater),
    computed: f(computed),
  });
  findings.observe(
    TEXTS.truncationResult(contextLength, percent(reuseShare), formatted(toLowMark), formatted(toHighMark)),
  );
  if (reuseShare <= 0.5) findings.contradict(TEXTS.fewReuse);
}

const percent = (share: number): string => `${f(Math.round(100 * share))} %`;
