// The report of `backends`.

import { COMMON } from '../../common-texts.ts';
import { fromDifference } from '../../data-schemas.ts';
import { column, type Findings } from '../../findings.ts';
import { formatNumber as f, formatBytes } from '../../report/format-cell.ts';
import { median } from '../../statistics.ts';
import { type BackendSpeed, type BackendsData, MEASURES, type SpeedMeasure } from './data.ts';
import { TEXTS } from './texts.ts';

const NEAR = 0.5; // share of a limit that counts as near it
const SLOWER = 0.9; // ratio of speeds that is not attributed to chance

export function reportBackends(data: BackendsData, findings: Findings, complete: boolean): void {
  if (!data.nativeBuilt) findings.observe(TEXTS.referenceOnly);
  if (data.answers.length > 0) reportAnswers(data.answers, findings);
  if (data.speeds.length === 0) return;
  reportSpeeds(data.speeds, findings);
  if (complete) conclude(data, findings);
}

function reportAnswers(answers: BackendsData['answers'], findings: Findings): void {
  const best = answers[0]!.backend;
  findings.table(['correct', TEXTS.correctTitle(best)], answers, [
    column(TEXTS.backend, ({ backend }) => backend),
    column(TEXTS.tokensCompared, ({ compared }) => compared),
    column(TEXTS.equal, ({ firstDifference }) => firstDifference === undefined),
    column(TEXTS.firstDifference, ({ firstDifference }) => firstDifference ?? null),
    column(TEXTS.lead, ({ lead }) => lead ?? null),
    column(TEXTS.logitDifference, ({ logitDifference }) => fromDifference(logitDifference)),
  ]);
  for (const { backend, firstDifference, lead, logitDifference } of answers)
    if (firstDifference !== undefined && lead !== undefined)
      findings.contradict(
        TEXTS.otherToken(backend, best, {
          ...{ number: firstDifference, lead: f(lead), difference: f(fromDifference(logitDifference)) },
        }),
      );
}

const speedOf = (one: BackendSpeed, measure: SpeedMeasure): number => median(one[measure]);

function reportSpeeds(speeds: readonly BackendSpeed[], findings: Findings): void {
  const percent = ({ share }: BackendSpeed, measure: SpeedMeasure): number | null =>
    share === undefined ? null : 100 * share[measure];
  findings.table(['speed', TEXTS.speedTitle], speeds, [
    column(TEXTS.backend, ({ backend }) => backend),
    column(TEXTS.threads, ({ threads }) => threads),
    column(COMMON.prompt, ({ prompt }) => prompt, 'tokens'),
    column(COMMON.answer, ({ generate }) => generate, 'tokens'),
    column(COMMON.prefill, (one) => speedOf(one, 'prefill'), 'tokens/s'),
    column(TEXTS.peakShare, (one) => percent(one, 'prefill'), '%'),
    column(COMMON.decode, (one) => speedOf(one, 'decode'), 'tokens/s'),
    column(TEXTS.bandwidthShare, (one) => percent(one, 'decode'), '%'),
  ]);
  const prompts = [...new Set(speeds.map(({ prompt }) => prompt))];
  for (const measure of MEASURES)
    findings.chart({
      name: measure,
      kind: 'bars',
      title: TEXTS.speedChartTitles[measure],
      x: { title: TEXTS.backend },
      y: { title: TEXTS.speedAxes[measure], unit: 'tokens/s' },
      series: prompts.map((prompt) => ({
        name: TEXTS.textSeries(prompt),
        points: speeds
          .filter((one) => one.prompt === prompt)
          .map((one): [string, number] => [one.backend, speedOf(one, measure)]),
      })),
    });
  for (const one of speeds)
    for (const measure of MEASURES)
      findings.metric(
        {
          name: `${measure}, ${one.backend}, text of ${one.prompt}`,
          title: TEXTS.speedMetric(one.backend, COMMON[measure], one.prompt),
          unit: 'tokens/s',
          better: 'higher',
        },
        one[measure],
      );
}

function conclude({ speeds, bandwidthBytesPerSecond }: BackendsData, findings: Findings): void {
  const small = speeds.filter((one) => one.small);
  const large = speeds.filter((one) => !one.small);
  const [best, reference] = [small[0]!, small.at(-1)!];
  const ratio = (measure: SpeedMeasure): string => f(speedOf(best, measure) / speedOf(reference, measure));
  if (best !== reference)
    findings.observe(
      TEXTS.bestSpeed(best.backend, best.prompt, {
        prefill: [f(speedOf(best, 'prefill')), ratio('prefill')],
        decode: [f(speedOf(best, 'decode')), ratio('decode')],
      }),
    );
  concludeOrder(small, findings);
  concludeOrder(large, findings);
  const [longest] = speeds; // of the best backend, at the large sizes where it has them
  if (longest?.share !== undefined && bandwidthBytesPerSecond !== undefined)
    concludeShares(longest, longest.share, bandwidthBytesPerSecond, findings);
}

/** @param speeds at one size, the best instruction set first */
function concludeOrder(speeds: readonly BackendSpeed[], findings: Findings): void {
  for (const measure of MEASURES)
    for (const [i, one] of speeds.entries()) {
      const plainer = speeds[i + 1];
      if (plainer === undefined || speedOf(one, measure) > SLOWER * speedOf(plainer, measure)) continue;
      findings.contradict(
        TEXTS.slowerThanPlainer(COMMON[measure], one.prompt, {
          ...{ slower: one.backend, slowerSpeed: f(speedOf(one, measure)) },
          ...{ faster: plainer.backend, fasterSpeed: f(speedOf(plainer, measure)) },
        }),
      );
    }
}

function concludeShares(
  one: BackendSpeed,
  share: Readonly<Record<SpeedMeasure, number>>,
  bandwidth: number,
  findings: Findings,
): void {
  const percent = (value: number): string => f(100 * value);
  findings.observe(TEXTS.shares(one.backend, one.prompt, percent(share.prefill), percent(share.decode)));
  if (share.prefill < NEAR) findings.contradict(TEXTS.farFromPeak(one.backend, percent(NEAR)));
  if (share.decode >= NEAR) return;
  findings.contradict(
    TEXTS.farFromBandwidth(one.backend, percent(NEAR), {
      weights: formatBytes(one.weightBytes),
      readMs: f((1000 * one.weightBytes) / bandwidth),
      tokenMs: f(1000 / speedOf(one, 'decode')),
    }),
  );
}
