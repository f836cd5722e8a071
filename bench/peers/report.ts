// Converts the data of the comparison to a table, a chart and sentences in the format of quire lab.

import { COMMON_TEXTS } from '../../src/lab/common-texts.ts';
import { column, type Findings } from '../../src/lab/findings.ts';
import { formatNumber as f } from '../../src/lab/report/format-cell.ts';
import { median } from '../../src/lab/statistics.ts';
import type { BilingualText } from '../../src/lab/text.ts';
import type { Comparison, Divergence, PeersData } from './data.ts';
import { TEXTS } from './texts.ts';

const MIN_RATIOS: Readonly<Record<string, number>> = { prefill: 1, decode: 1, '16 at once': 2 };
const MAX_TIE_MARGIN = 0.1; // difference of log probabilities up to which two tokens count as equally likely

/** Returns how many times better Quire is, for each repetition. */
const ratiosOf = ({ quire, llama, lowIsGood }: Comparison): number[] =>
  quire.map((value, i) => (lowIsGood === true ? llama[i]! / value : value / llama[i]!));

export function reportPeers(
  { load, processors, comparisons, divergence }: PeersData,
  findings: Findings,
): void {
  // Other load on the machine does not slow both engines equally.
  if (load > processors) findings.observe(TEXTS.busy(f(load), processors));
  findings.table(['peers', TEXTS.tableTitle], comparisons, [
    column(COMMON_TEXTS.measure, ({ name }) => TEXTS.measure(name)),
    column(COMMON_TEXTS.unit, ({ unit }) => unit),
    column(TEXTS.quire, ({ quire }) => median(quire)),
    column(TEXTS.llama, ({ llama }) => median(llama)),
    column(TEXTS.ratio, (comparison) => median(ratiosOf(comparison))),
    column(TEXTS.lowest, (comparison) => Math.min(...ratiosOf(comparison))),
    column(TEXTS.highest, (comparison) => Math.max(...ratiosOf(comparison))),
  ]);
  findings.chart({
    name: 'ratios',
    kind: 'bars',
    title: TEXTS.chartTitle,
    x: { title: COMMON_TEXTS.measure },
    y: { title: TEXTS.ratio },
    series: [
      {
        name: TEXTS.quire,
        points: comparisons.map((comparison): [BilingualText, number] => [
          TEXTS.measure(comparison.name),
          median(ratiosOf(comparison)),
        ]),
      },
    ],
  });
  for (const comparison of comparisons) {
    const { name } = comparison;
    const title = TEXTS.ratioMetric(name);
    findings.metric({ name, title, unit: '', better: 'higher' }, ratiosOf(comparison));
    concludeSpeed(comparison, findings);
  }
  if (divergence !== undefined) concludeTokens(divergence, findings);
}

function concludeSpeed(comparison: Comparison, findings: Findings): void {
  const { name, unit, quire, llama, lowIsGood } = comparison;
  const ratio = median(ratiosOf(comparison));
  findings.observe(
    TEXTS.speed(name, {
      ...{ unit, quire: f(median(quire)), llama: f(median(llama)) },
      ...{ times: f(Math.max(ratio, 1 / ratio)), quireBetter: ratio >= 1, highIsGood: lowIsGood !== true },
    }),
  );
  const minRatio = MIN_RATIOS[name];
  if (minRatio !== undefined && ratio < minRatio)
    findings.contradict(TEXTS.belowExpected(name, f(minRatio), f(ratio)));
}

function concludeTokens({ tokens, parting }: Divergence, findings: Findings): void {
  if (parting === undefined) return findings.observe(TEXTS.sameTokens(tokens));
  const sentence = TEXTS.differentTokens(tokens, parting.after, f(Math.exp(parting.margin)));
  if (parting.margin <= MAX_TIE_MARGIN) findings.observe(sentence);
  else findings.contradict(sentence);
}
