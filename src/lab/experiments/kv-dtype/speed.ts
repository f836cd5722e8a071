// The time of a token under each type of keys and values as the text grows: what of it reads keys and values.

import { KV_DTYPES, type KvDtype } from '../../../base/model/kv-layout.ts';
import type { Engine } from '../../../engine/engine.ts';
import { kvBytesRead } from '../../../program/work.ts';
import { type TimedAnswer, timedAnswer } from '../../answer.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { formatBytes, formatNumber } from '../../report/format-cell.ts';
import type { Cell, Metric } from '../../result.ts';
import { median, ratioInterval } from '../../statistics.ts';
import { text } from '../../text.ts';
import { type ByDtype, byDtype } from './by-dtype.ts';

export interface Climb {
  readonly lengths: readonly number[];
  /** tokens at each length */
  readonly generate: number;
  readonly progress: (done: number) => void;
}

export async function compareSpeed(
  bench: LabBench,
  findings: Findings,
  { lengths, generate, progress }: Climb,
): Promise<void> {
  if (lengths.length === 0) return;
  const context = lengths.at(-1)! + generate;
  const engines = await byDtype((type) => bench.engine({ kvDtype: type, context, maxRunning: 1 }));
  const rows: Cell[][] = [];
  const ms: [length: number, times: ByDtype<number>][] = [];
  let done = 0;
  for (const length of lengths) {
    const prompt = await passageTokens(engines.f32, length);
    const taken: ByDtype<TimedAnswer[]> = { f32: [], f16: [], bf16: [], int8: [] };
    for (let round = 0; round <= bench.repetitions; round++) {
      for (const type of round % 2 === 0 ? KV_DTYPES : KV_DTYPES.toReversed()) {
        progress(done);
        // The prompt is computed once: only what comes after it is timed.
        const answer = await timedAnswer(engines[type], prompt, generate, { cacheSalt: 'kv-dtype' });
        if (round === 0) continue; // computes the prompt, and makes what is made lazily
        taken[type].push(answer);
        if (length === lengths.at(-1)) findings.sample(timeMetric(type, length), answer.msPerToken);
      }
      if (round > 0) done += generate;
    }
    const times = await byDtype((type) => median(taken[type].map(({ msPerToken }) => msPerToken)));
    ms.push([length, times]);
    for (const type of KV_DTYPES)
      rows.push([length, type, taken[type].at(-1)!.usage.usedBytes, times[type], 1000 / times[type]]);
    reportSpeed(findings, rows, ms);
  }
  concludeSpeed(findings, engines.f32, lengths.at(-1)!);
}

const timeName = (type: KvDtype, length: number): string => `${type}, text of ${length}`;

const timeMetric = (type: KvDtype, length: number): Omit<Metric, 'samples'> => ({
  name: timeName(type, length),
  title: text(`${type}: time of a token, text of ${length}`, `${type}：文本长 ${length} 时每个词元的时间`),
  unit: 'ms',
  better: 'lower',
});

function reportSpeed(
  findings: Findings,
  rows: readonly Cell[][],
  ms: readonly (readonly [number, ByDtype<number>])[],
): void {
  findings.table({
    name: 'speed',
    title: text('Memory and time as the text grows', '文本变长时的内存和时间'),
    columns: [
      { title: text('text', '文本长度'), unit: 'tokens' },
      { title: text('type', '类型') },
      { title: text('KV memory used', '使用的 KV 内存'), unit: 'bytes' },
      { title: text('a token', '每个词元'), unit: 'ms' },
      { title: text('speed', '速度'), unit: 'tokens/s' },
    ],
    rows: [...rows],
  });
  findings.chart({
    name: 'speed',
    kind: 'lines',
    title: text('Time of a token', '每个词元的时间'),
    x: { title: text('length of the text', '文本长度'), unit: 'tokens' },
    y: { title: text('time of a token', '每个词元的时间'), unit: 'ms' },
    series: KV_DTYPES.map((type) => ({
      name: text(type, type),
      points: ms.map(([length, times]): [number, number] => [length, times[type]]),
    })),
  });
}

function concludeSpeed(findings: Findings, { info }: Engine, length: number): void {
  const f = formatNumber;
  const time = (type: KvDtype): string =>
    `${f(median(findings.samples(timeName(type, length))))} ms (${type})`;
  const times = KV_DTYPES.map(time);
  findings.see(
    text(
      `With ${f(length)} tokens of text a token takes ${times.join(', ')}.`,
      `文本长 ${f(length)} 时，每个词元需 ${times.join('、')}。`,
    ),
  );
  const slower = SMALLER.flatMap((type) => {
    const { low, high } = ratioInterval(
      findings.samples(timeName('f32', length)),
      findings.samples(timeName(type, length)),
    );
    return high < 1 ? [] : [`${type} (${f(low)} – ${f(high)})`];
  });
  if (slower.length === 0) return;
  const read = formatBytes(kvBytesRead(info.work, length));
  const weights = formatBytes(info.work.weightBytes);
  findings.part(
    text(
      `Not seen to be faster than f32, by the 95 % interval of the ratio of their times: ${slower.join(', ')}. A token reads ${weights} of weights beside the ${read} of keys and values in f32, and narrow ones are widened first.`,
      `按时间之比的 95 % 区间，看不出比 f32 快的有：${slower.join('、')}。每个词元要读 ${weights} 的权重，而 f32 的键和值只有 ${read}，且窄类型要先展宽。`,
    ),
  );
}

const SMALLER = KV_DTYPES.filter((type) => type !== 'f32');
