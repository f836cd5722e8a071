// The report of the experiment `backends`.

import { COMMON_TEXTS } from '../../common-texts.ts';
import { differenceFromJson } from '../../data-schemas.ts';
import { column, type Findings } from '../../findings.ts';
import { formatNumber as f, formatBytes } from '../../report/format-cell.ts';
import { median } from '../../statistics.ts';
import { type BackendSpeed, type BackendsData, SPEED_MEASURES, type SpeedMeasure } from './data.ts';
import { TEXTS } from './texts.ts';

const NEAR_LIMIT = 0.5; // minimum share of a limit that counts as near the limit
const SLOWER_RATIO = 0.9; // a lower ratio of speeds is not attributed to chance

export function reportBackends(data: BackendsData, findings: Findings, complete: boolean): void {
  if (!data.nativeBuilt) findings.observe(TEXTS.withoutNative);
  if (data.answers.length > 0) reportAnswers(data.answers, findings);
  if (data.speeds.length === 0) return;
  reportSpeeds(data.speeds, findings);
  if (complete) conclude(data, findings);
}

function reportAnswers(answers: BackendsData['answers'], findings: Findings): void {
  const best = answers[0]!.backend;
  findings.table(['correct', TEXTS.comparisonTitle(best)], answers, [
    column(TEXTS.backend, ({ backend }) => backend),
    column(TEXTS.tokensCompared, ({ compared }) => compared),
    column(TEXTS.equal, ({ firstDifference }) => firstDifference === undefined),
    column(TEXTS.firstDifference, ({ firstDifference }) => firstDifference ?? null),
    column(TEXTS.lead, ({ lead }) => lead ?? null),
    column(TEXTS.logitDifference, ({ logitDifference }) => differenceFromJson(logitDifference)),
  ]);
  for (const { backend, firstDifference, lead, logitDifference } of answers)
    if (firstDifference !== undefined && lead !== undefined)
      findings.contradict(
        TEXTS.differentToken(backend, best, {
          ...{ number: firstDifference, lead: f(lead), difference: f(differenceFromJson(logitDifference)) },
        }),
      );
}

const speedOf = (entry: BackendSpeed, measure: SpeedMeasure): number => median(entry[measure]);

function reportSpeeds(speeds: readonly BackendSpeed[], findings: Findings): void {
  const percent = ({ share }: BackendSpeed, measure: SpeedMeasure): number | null =>
    share === undefined ? null : 100 * share[measure];
  findings.table(['speed', TEXTS.speedTitle], speeds, [
    column(TEXTS.backend, ({ backend }) => backend),
    column(TEXTS.threads, ({ threads }) => threads),
    column(COMMON_TEXTS.prompt, ({ prompt }) => prompt, 'tokens'),
    column(COMMON_TEXTS.answer, ({ generate }) => generate, 'tokens'),
    column(COMMON_TEXTS.prefill, (entry) => speedOf(entry, 'prefill'), 'tokens/s'),
    column(TEXTS.peakShare, (entry) => percent(entry, 'prefill'), '%'),
    column(COMMON_TEXTS.decode, (entry) => speedOf(entry, 'decode'), 'tokens/s'),
    column(TEXTS.bandwidthShare, (entry) => percent(entry, 'decode'), '%'),
  ]);
  const prompts = [...new Set(speeds.map(({ prompt }) => prompt))];
  for (const measure of SPEED_MEASURES)
    findings.chart({
      name: measure,
      kind: 'bars',
      title: TEXTS.speedChartTitles[measure],
      x: { title: TEXTS.backend },
      y: { title: TEXTS.speedAxes[measure], unit: 'tokens/s' },
      series: prompts.map((prompt) => ({
        name: TEXTS.textSeries(prompt),
        points: speeds
          .filter((entry) => entry.prompt === prompt)
          .map((entry): [string, number] => [entry.backend, speedOf(entry, measure)]),
      })),
    });
  for (const entry of speeds)
    for (const measure of SPEED_MEASURES)
      findings.metric(
        {
          name: `${measure}, ${entry.backend}, text of ${entry.prompt}`,
          title: TEXTS.speedMetric(entry.backend, COMMON_TEXTS[measure], entry.prompt),
          unit: 'tokens/s',
          better: 'higher',
        },
        entry[measure],
      );
}

function conclude({ speeds, bandwidthBytesPerSecond }: BackendsData, findings: Findings): void {
  const small = speeds.filter((entry) => entry.small);
  const large = speeds.filter((entry) => !entry.small);
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
  const [longest] = speeds; // of the best backend, at the large sizes if it was measured there
  if (longest?.share !== undefined && bandwidthBytesPerSecond !== undefined)
    concludeShares(longest, longest.share, bandwidthBytesPerSecond, findings);
}

/** @param allSpeeds entries of one size, the best instruction set first */
function concludeOrder(allSpeeds: readonly BackendSpeed[], findings: Findings): void {
  // WebAssembly is neither simpler nor better than an instruction set of the processor.
  const speeds = allSpeeds.filter(({ backend }) => backend !== 'wasm');
  for (const measure of SPEED_MEASURES)
    for (const [i, entry] of speeds.entries()) {
      const simpler = speeds[i + 1];
      if (simpler === undefined || speedOf(entry, measure) > SLOWER_RATIO * speedOf(simpler, measure))
        continue;
      findings.contradict(
        TEXTS.slowerThanSimpler(COMMON_TEXTS[measure], entry.prompt, {
          ...{ slower: entry.backend, slowerSpeed: f(speedOf(entry, measure)) },
          ...{ faster: simpler.backend, fasterSpeed: f(speedOf(simpler, measure)) },
        }),
      );
    }
}

function concludeShares(
  entry: BackendSpeed,
  share: Readonly<Record<SpeedMeasure, number>>,
  bandwidth: number,
  findings: Findings,
): void {
  const percent = (value: number): string => f(100 * value);
  findings.observe(TEXTS.shares(entry.backend, entry.prompt, percent(share.prefill), percent(share.decode)));
  if (share.prefill < NEAR_LIMIT) findings.contradict(TEXTS.farFromPeak(entry.backend, percent(NEAR_LIMIT)));
  if (share.decode >= NEAR_LIMIT) return;
  findings.contradict(
    TEXTS.farFromBandwidth(entry.backend, percent(NEAR_LIMIT), {
      weights: formatBytes(entry.weightBytes),
      readMs: f((1000 * entry.weightBytes) / bandwidth),
      tokenMs: f(1000 / speedOf(entry, 'decode')),
    }),
  );
}
