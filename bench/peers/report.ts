// The result `peers`: data of the comparison as tables, a chart and sentences, in the format of quire lab.

import { COMMON } from '../../src/lab/common-texts.ts';
import { column, type Findings } from '../../src/lab/findings.ts';
import { formatNumber as f } from '../../src/lab/report/format-cell.ts';
import { median } from '../../src/lab/statistics.ts';
import type { Text } from '../../src/lab/text.ts';
import type { Comparison, Divergence, PeersData } from './data.ts';
import { TEXTS } from './texts.ts';

const LEAST_RATIOS: Readonly<Record<string, number>> = { prefill: 1, decode: 1, '16 at once': 2 };
const NEARLY_EQUAL = 0.1; // log probability

/** How many times better Quire is, turn by turn. */
const ratiosOf = ({ quire, llama, lowIsGood }: Comparison): number[] =>
  quire.map((own, turn) => (lowIsGood === true ? llama[turn]! / own : own / llama[turn]!));

export function reportPeers(
  { load, processors, comparisons, divergence }: PeersData,
  findings: Findings,
): void {
  // Other load on the machine does not slow both engines alike.
  if (load > processors) findings.observe(TEXTS.busy(f(load), processors));
  findings.table(['peers', TEXTS.tableTitle], comparisons, [
    column(COMMON.what, ({ name }) => TEXTS.measure(name)),
    column(COMMON.unit, ({ unit }) => unit),
    column(TEXTS.quire, ({ quire }) => median(quire)),
    column(TEXTS.llama, ({ llama }) => median(llama)),
    column(TEXTS.ratio, (one) => median(ratiosOf(one))),
    column(TEXTS.lowest, (one) => Math.min(...ratiosOf(one))),
    column(TEXTS.highest, (one) => Math.max(...ratiosOf(one))),
  ]);
  findings.chart({
    name: 'ratios',
    kind: 'bars',
    title: TEXTS.chartTitle,
    x: { title: COMMON.what },
    y: { title: TEXTS.ratio },
    series: [
      {
        name: TEXTS.quire,
        points: comparisons.map((one): [Text, number] => [TEXTS.measure(one.name), median(ratiosOf(one))]),
      },
    ],
  });
  for (const one of comparisons) {
    const title = TEXTS.ratioMetric(one.name);
    findings.metric({ name: one.name, title, unit: '', better: 'higher' }, ratiosOf(one));
    concludeSpeed(one, findings);
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
  const least = LEAST_RATIOS[name];
  if (least !== undefined && ratio < least)
    findings.contradict(TEXTS.belowExpected(name, f(least), f(ratio)));
}

function concludeTokens({ tokens, parting }: Divergence, findings: Findings): void {
  if (parting === undefined) return findings.observe(TEXTS.sameTokens(tokens));
  const sentence = TEXTS.otherTokens(tokens, parting.after, f(Math.exp(parting.margin)));
  if (parting.margin <= NEARLY_EQUAL) findings.observe(sentence);
  else findings.contradict(sentence);
}
