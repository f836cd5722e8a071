// The report of the experiment `shapes`.

import { sum } from '../../../base/sum.ts';
import { COMMON_TEXTS } from '../../common-texts.ts';
import { column, type Findings, type RowColumn } from '../../findings.ts';
import { formatNumber } from '../../report/format-cell.ts';
import { type LayerKind, MODES, type Mode, type ShapesData, type TracedStep } from './data.ts';
import { attentionMaskRows } from './step-trace.ts';
import { TEXTS } from './texts.ts';
import { shapeText } from './trace-lines.ts';

const MAX_ROWS = 8; // of a mask in a table
const NAMES = TEXTS.modes;

interface Row {
  readonly mode: Mode;
  readonly step: TracedStep;
  readonly kind: LayerKind;
}

export function reportShapes(data: ShapesData, findings: Findings, complete: boolean): void {
  const { layerKinds, steps } = data;
  const rows = MODES.flatMap((mode) =>
    steps[mode].flatMap((step) => layerKinds.map((kind): Row => ({ mode, step, kind }))),
  );
  const leading: RowColumn<Row>[] = [
    column(COMMON_TEXTS.cache, ({ mode }) => NAMES[mode]),
    column(TEXTS.step, ({ step }) => step.number),
    ...(layerKinds.length > 1 ? [column<Row>(TEXTS.layersColumn, ({ kind }) => TEXTS.layers(kind))] : []),
  ];
  findings.table(['steps', TEXTS.stepsTitle], rows, [
    ...leading,
    column(TEXTS.computed, ({ step }) => step.tokens.length, 'tokens'),
    column(TEXTS.positions, ({ step }) => firstAndLast(step.positions)),
    column(TEXTS.queries, ({ step, kind }) => shapeText(step.tokens.length, kind.heads, kind.headDim)),
    column(TEXTS.newKeys, ({ step, kind }) => keyShape(step.tokens.length, kind)),
    column(TEXTS.readKeys, ({ step, kind }) => keyShape(step.context, kind)),
    column(TEXTS.cachedBefore, ({ step }) => step.before, 'tokens'),
    column(TEXTS.cachedAfter, ({ step }) => step.after, 'tokens'),
  ]);
  findings.table(['masks', TEXTS.masksTitle], rows, [
    ...leading,
    column(TEXTS.maskRows, ({ step, kind }) => abbreviate(attentionMaskRows(step, kind.window)).join(' ')),
  ]);
  if (complete) conclude(data, findings);
}

const firstAndLast = (positions: readonly number[]): string =>
  [...new Set([positions[0], positions.at(-1)])].join(' – ');

const keyShape = (tokens: number, { kvHeads, headDim }: LayerKind): string =>
  shapeText(tokens, kvHeads, headDim);

const abbreviate = (lines: readonly string[]): readonly string[] =>
  lines.length <= MAX_ROWS ? lines : [...lines.slice(0, 2), '…', lines.at(-1)!];

/** Returns the number of tokens computed for each generated token. */
function computedPerToken(steps: readonly TracedStep[]): number[] {
  const counts: number[] = [];
  let computed = 0;
  for (const { tokens, chosen } of steps) {
    computed += tokens.length;
    if (chosen === undefined) continue;
    counts.push(computed);
    computed = 0;
  }
  return counts;
}

function conclude({ steps, layerKinds }: ShapesData, findings: Findings): void {
  const counts = { paged: computedPerToken(steps.paged), none: computedPerToken(steps.none) };
  reportCounts(counts, findings);
  const sumText = (mode: Mode): string => `${counts[mode].join(' + ')} = ${sum(counts[mode])}`;
  findings.observe(TEXTS.computedInTotal(counts.paged.length, sumText('paged'), sumText('none')));
  const byShape = new Map(layerKinds.map((kind) => [keyShape(kind.heads, kind), kind]));
  for (const { heads, kvHeads, headDim } of byShape.values())
    findings.observe(
      TEXTS.heads({
        ...{ heads, kvHeads },
        cached: formatNumber(2 * kvHeads * headDim),
        ungrouped: formatNumber(2 * heads * headDim),
      }),
    );
  const chosenTokens = (mode: Mode): string => steps[mode].flatMap((step) => step.chosen ?? []).join();
  if (chosenTokens('paged') === chosenTokens('none')) findings.observe(TEXTS.sameTokens);
  else findings.contradict(TEXTS.differentTokens);
  const promptTokens = counts.none[0]!;
  const countsAreExpected =
    counts.paged.every((count, i) => count === (i === 0 ? promptTokens : 1)) &&
    counts.none.every((count, i) => count === promptTokens + i);
  if (!countsAreExpected) findings.contradict(TEXTS.unexpectedCounts);
}

function reportCounts(counts: Readonly<Record<Mode, readonly number[]>>, findings: Findings): void {
  findings.chart({
    name: 'computed',
    kind: 'bars',
    title: TEXTS.computedChartTitle,
    x: { title: TEXTS.newToken },
    y: { title: TEXTS.computedAxis, unit: 'tokens' },
    series: MODES.map((mode) => ({
      name: NAMES[mode],
      points: counts[mode].map((count, i): [string, number] => [`${i + 1}`, count]),
    })),
  });
  for (const mode of MODES)
    findings.metric(
      {
        name: `tokens computed for ${counts[mode].length} new ones, ${mode}`,
        title: TEXTS.computedMetric(NAMES[mode]),
        unit: 'tokens',
        better: 'lower',
        exact: true,
      },
      [sum(counts[mode])],
    );
}
