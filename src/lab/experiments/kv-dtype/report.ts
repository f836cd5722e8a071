// The report of the experiment `kv-dtype`.

import { KV_DTYPES, type KvDtype } from '../../../base/model/kv-layout.ts';
import { COMMON_TEXTS, rangeText } from '../../common-texts.ts';
import { column, type Findings } from '../../findings.ts';
import { formatNumber as f, formatBytes } from '../../report/format-cell.ts';
import { median, ratioInterval } from '../../statistics.ts';
import { text } from '../../text.ts';
import type { KvDtypeData, Quality } from './data.ts';
import { TEXTS } from './texts.ts';

const MAX_PERPLEXITY_CHANGE = 0.01;
const MIN_AGREEMENT = 0.98;
const F16_PRECISION = 8; // relative to bf16: f16 has three more mantissa bits
const SMALLER_DTYPES = KV_DTYPES.filter((type) => type !== 'f32');

export function reportKvDtype(data: KvDtypeData, findings: Findings, complete: boolean): void {
  const { quality, timings } = data;
  if (quality !== undefined) reportQuality(quality, data.positions, findings);
  if (timings.length > 0) reportSpeed(timings, findings);
  if (!complete) return;
  if (quality !== undefined) concludeQuality(quality, data.positions, findings);
  if (timings.length > 0) concludeSpeed(data, findings);
}

const perplexityChange = (quality: Quality, type: KvDtype): number =>
  quality[type].perplexity / quality.f32.perplexity - 1;

function reportQuality(quality: Quality, positions: number, findings: Findings): void {
  const bytes = (type: KvDtype): number => quality[type].bytesPerToken;
  findings.table(['quality', TEXTS.qualityTitle(positions)], KV_DTYPES, [
    column(TEXTS.type, (type) => type),
    column(TEXTS.bytesPerToken, bytes, 'bytes'),
    column(TEXTS.shareOfF32, (type) => (100 * bytes(type)) / bytes('f32'), '%'),
    column(COMMON_TEXTS.logitDifference, (type) => quality[type].largestDifference),
    column(TEXTS.meanDifference, (type) => quality[type].meanDifference),
    column(TEXTS.agreement, (type) => 100 * quality[type].agreement, '%'),
    column(TEXTS.perplexity, (type) => quality[type].perplexity),
    column(TEXTS.change, (type) => 100 * perplexityChange(quality, type), '%'),
  ]);
  findings.chart({
    name: 'quality',
    kind: 'lines',
    title: TEXTS.qualityChartTitle,
    x: { title: TEXTS.kvPerToken, unit: 'bytes' },
    y: { title: TEXTS.meanDifferenceAxis },
    series: KV_DTYPES.map((type) => ({
      name: text(type, type),
      style: 'points',
      points: [[bytes(type), quality[type].meanDifference]],
    })),
  });
  for (const type of KV_DTYPES) {
    const shared = { better: 'lower', exact: true } as const;
    findings.metric({ name: `${type} bytes`, title: TEXTS.bytesMetric(type), unit: 'bytes', ...shared }, [
      bytes(type),
    ]);
    const name = `${type} perplexity, text of ${positions}`;
    findings.metric({ name, title: TEXTS.perplexityMetric(type), unit: '', ...shared }, [
      quality[type].perplexity,
    ]);
  }
}

function reportSpeed(timings: KvDtypeData['timings'], findings: Findings): void {
  const rows = timings.flatMap(({ length, types }) =>
    KV_DTYPES.map((type) => ({ length, type, ...types[type], ms: median(types[type].msPerToken) })),
  );
  findings.table(['speed', TEXTS.speedTitle], rows, [
    column(COMMON_TEXTS.textLength, ({ length }) => length, 'tokens'),
    column(TEXTS.type, ({ type }) => type),
    column(TEXTS.used, ({ usedBytes }) => usedBytes, 'bytes'),
    column(COMMON_TEXTS.timePerToken, ({ ms }) => ms, 'ms'),
    column(COMMON_TEXTS.speed, ({ ms }) => 1000 / ms, 'tokens/s'),
  ]);
  findings.chart({
    name: 'speed',
    kind: 'lines',
    title: COMMON_TEXTS.timePerTokenTitle,
    x: { title: COMMON_TEXTS.textLength, unit: 'tokens' },
    y: { title: COMMON_TEXTS.timePerToken, unit: 'ms' },
    series: KV_DTYPES.map((type) => ({
      name: text(type, type),
      points: timings.map(({ length, types }) => [length, median(types[type].msPerToken)]),
    })),
  });
  const { length, types } = timings.at(-1)!;
  for (const type of KV_DTYPES)
    findings.metric(
      {
        name: `${type}, text of ${length}`,
        title: TEXTS.timeMetric(type, length),
        unit: 'ms',
        better: 'lower',
      },
      types[type].msPerToken,
    );
}

function concludeQuality(quality: Quality, positions: number, findings: Findings): void {
  const each = (valueFor: (type: KvDtype) => string): [value: string, type: string][] =>
    SMALLER_DTYPES.map((type) => [valueFor(type), type]);
  const bytes = (type: KvDtype): string => f(quality[type].bytesPerToken);
  const agreement = (type: KvDtype): string => f(100 * quality[type].agreement);
  findings.observe(TEXTS.sizes(bytes('f32'), each(bytes)));
  findings.observe(
    TEXTS.predictions(positions, {
      perplexity: f(quality.f32.perplexity),
      agreements: each((type) => `${agreement(type)} %`),
      changes: each((type) => signedPercent(perplexityChange(quality, type))),
    }),
  );
  for (const type of SMALLER_DTYPES) {
    const change = perplexityChange(quality, type);
    if (Math.abs(change) < MAX_PERPLEXITY_CHANGE && quality[type].agreement >= MIN_AGREEMENT) continue;
    findings.contradict(TEXTS.largeChange(type, agreement(type), signedPercent(change)));
  }
  const closer = quality.bf16.meanDifference / quality.f16.meanDifference;
  if (closer <= F16_PRECISION / 2) findings.contradict(TEXTS.hiddenRounding(f(closer)));
}

function concludeSpeed({ timings, weightBytes }: KvDtypeData, findings: Findings): void {
  const { length, types, kvBytesRead } = timings.at(-1)!;
  findings.observe(
    TEXTS.times(
      f(length),
      KV_DTYPES.map((type) => [f(median(types[type].msPerToken)), type]),
    ),
  );
  const notFaster = SMALLER_DTYPES.flatMap((type): [string, string][] => {
    const { low, high } = ratioInterval(types.f32.msPerToken, types[type].msPerToken);
    return high < 1 ? [] : [[rangeText(f(low), f(high)), type]];
  });
  if (notFaster.length > 0)
    findings.contradict(TEXTS.notFaster(notFaster, formatBytes(weightBytes), formatBytes(kvBytesRead)));
}

const signedPercent = (share: number): string => `${share < 0 ? '' : '+'}${f(100 * share)} %`;
