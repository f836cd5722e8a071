// The part of the report of `turns` on a full context: with a low-water mark, few turns must be recomputed.

import { sum } from '../../../base/sum.ts';
import { column, type Findings } from '../../findings.ts';
import { formatNumber as f } from '../../report/format-cell.ts';
import { median } from '../../statistics.ts';
import { computedTokens, type TruncatedTurn, type Truncation, type TurnsData } from './data.ts';
import { TEXTS } from './texts.ts';

interface Summary {
  readonly lowWater: number;
  readonly turns: readonly TruncatedTurn[];
  readonly cuts: number;
  /** turns after the first truncation */
  readonly after: number;
  /** of those, how many reused all of the text so far */
  readonly reused: number;
  /** prompt tokens that they computed */
  readonly computed: number;
}

function summarize({ lowWater, turns }: Truncation['chats'][number]): Summary {
  const first = turns.findIndex(({ cut }) => cut);
  const after = first < 0 ? [] : turns.slice(first + 1);
  return {
    ...{ lowWater, turns },
    cuts: turns.filter(({ cut }) => cut).length,
    after: after.length,
    reused: after.filter(({ reused }) => reused).length,
    computed: sum(after.map(computedTokens)),
  };
}

export function reportTruncation({ truncation, answerTokens }: TurnsData, findings: Findings): void {
  if (truncation === undefined) return;
  if (truncation === null) return findings.observe(TEXTS.noTemplate);
  const { contextLength, chats } = truncation;
  const summaries = chats.map(summarize);
  findings.table(['truncation', TEXTS.truncationTitle(contextLength, answerTokens)], summaries, [
    column(TEXTS.cutTo, ({ lowWater }) => percent(lowWater)),
    column(TEXTS.turns, ({ turns }) => turns.length),
    column(TEXTS.cuts, ({ cuts }) => cuts),
    column(TEXTS.turnsAfterCut, ({ after }) => after),
    column(TEXTS.reusingTurns, ({ reused }) => reused),
    column(TEXTS.computedAfterCut, ({ computed }) => computed, 'tokens'),
    column(TEXTS.medianFirstToken, ({ turns }) => median(turns.map(({ ttftMs }) => ttftMs)), 'ms'),
  ]);
  findings.chart({
    name: 'truncation',
    kind: 'lines',
    title: TEXTS.truncationChartTitle,
    x: { title: TEXTS.turn },
    y: { title: TEXTS.computedAxis, unit: 'tokens' },
    series: chats.map(({ lowWater, turns }) => ({
      name: TEXTS.cutToSeries(percent(lowWater)),
      points: turns.map((turn, i) => [i + 1, computedTokens(turn)]),
    })),
  });
  const [low, high] = summaries;
  if (low !== undefined && high !== undefined) conclude(contextLength, low, high, findings);
}

function conclude(contextLength: number, low: Summary, high: Summary, findings: Findings): void {
  if (low.after === 0) return findings.observe(TEXTS.tooShort);
  const share = low.reused / low.after;
  findings.metric(
    {
      name: `turns after a cut that reuse, context of ${contextLength}`,
      title: TEXTS.reuseMetric,
      unit: '%',
      better: 'higher',
      exact: true,
    },
    [100 * share],
  );
  const shown = ({ lowWater, cuts, after, reused, computed }: Summary) => ({
    ...{ cuts, after, reused },
    cutTo: percent(lowWater),
    computed: f(computed),
  });
  findings.observe(TEXTS.truncationResult(contextLength, percent(share), shown(low), shown(high)));
  if (share <= 0.5) findings.contradict(TEXTS.fewReuse);
}

const percent = (share: number): string => `${f(Math.round(100 * share))} %`;
