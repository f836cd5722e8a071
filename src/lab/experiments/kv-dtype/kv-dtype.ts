// Keys and values as f32, f16, bf16 and int8: what a smaller type saves, and what it does to the model's answers.

import { KV_DTYPES, type KvDtype } from '../../../base/model/kv-layout.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { Experiment } from '../../experiment.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench } from '../../lab-bench.ts';
import { ladder } from '../../ladder.ts';
import { formatNumber } from '../../report/format-cell.ts';
import type { Cell, Metric } from '../../result.ts';
import { type Text, text } from '../../text.ts';
import { type ByDtype, byDtype } from './by-dtype.ts';
import { KvQuality } from './quality.ts';
import { compareSpeed } from './speed.ts';
import { TeacherForced } from './teacher-forced.ts';

const QUESTION = 'What is the capital of France?';
const TEXT = 320; // tokens whose logits are compared
const QUICK_TEXT = 24;
const LENGTHS = [64, 256, 900];
const QUICK_LENGTHS = [16, 48];
const GENERATE = 32; // tokens at each length
const REPORT_EVERY = 32; // positions, so that an interrupted run keeps what it has
const MOST_PERPLEXITY_CHANGE = 0.01;
const LEAST_AGREEMENT = 0.98;
const CLOSER = 8; // f16 keeps three bits more than bf16
const SMALLER = KV_DTYPES.filter((type) => type !== 'f32');

export const kvDtype: Experiment = {
  name: 'kv-dtype',
  title: text('Keys and values in fewer bits', '用更少的位存储键和值'),
  question: text(
    'What does a smaller type of keys and values save, and what does it change in the answers?',
    '键和值用更小的类型能省多少，又会让回答改变多少？',
  ),
  expected: text(
    'f16 and bf16 halve the cache and int8 takes less than a third of it, a long text is read faster for that, at least 98 % of the likeliest tokens stay the same, perplexity moves by less than 1 %, and f16 with its three further bits stays eight times closer to f32 than bf16.',
    'f16 和 bf16 使缓存减半，int8 不到三分之一，长文本因此读得更快；至少 98 % 的最可能词元不变，困惑度变化小于 1 %；f16 多三位精度，与 f32 的差应为 bf16 的八分之一。',
  ),
  async run(bench, findings) {
    const { config } = await bench.load();
    const { contextLength } = config;
    const length = Math.min(bench.size(TEXT, QUICK_TEXT), contextLength);
    const generate = bench.size(GENERATE, 4);
    const usual = bench.size(LENGTHS, QUICK_LENGTHS);
    const lengths = ladder(bench, { contextLength, room: generate, usual });
    const timed = lengths.length * bench.repetitions * generate;
    const progress = (done: number): void => bench.progress(done, length + timed);
    await compareLogits(bench, findings, length, progress);
    await compareSpeed(bench, findings, { lengths, generate, progress: (done) => progress(length + done) });
  },
};

/** The same text under each type, token by token beside f32. */
async function compareLogits(
  bench: LabBench,
  findings: Findings,
  length: number,
  progress: (done: number) => void,
): Promise<void> {
  const open = (type: KvDtype) => TeacherForced.open(bench, { kvDtype: type, context: length });
  const readers = await byDtype(open);
  const qualities = await byDtype(() => new KvQuality());
  const passage = await drawnText(readers.f32.engine, length);
  for (let n = 1; n < length; n++) {
    progress(n);
    const beginning = passage.slice(0, n);
    const exact = await readers.f32.logitsAfter(beginning);
    for (const type of KV_DTYPES) {
      const row = type === 'f32' ? exact : await readers[type].logitsAfter(beginning);
      qualities[type].add(row, exact, passage[n]!);
    }
    if (n % REPORT_EVERY === 0 || n === length - 1) reportQuality(findings, qualities, readers);
  }
  concludeQuality(findings, qualities, readers);
  for (const type of KV_DTYPES) await readers[type].engine.dispose();
}

// A text that the model itself draws under f32, from a question on: whatever it was trained on, it knows that text.
async function drawnText(engine: Engine, length: number): Promise<number[]> {
  const prompt = (await engine.encode({ prompt: QUESTION })).slice(0, length >> 1);
  const count = length - prompt.length;
  const drawn = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 };
  const { tokens } = await engine.completeTokens(prompt, { ...drawn, maxTokens: count, minTokens: count })
    .result;
  return [...prompt, ...tokens];
}

const perplexityChange = (qualities: ByDtype<KvQuality>, type: KvDtype): number =>
  qualities[type].perplexity / qualities.f32.perplexity - 1;

function reportQuality(
  findings: Findings,
  qualities: ByDtype<KvQuality>,
  readers: ByDtype<TeacherForced>,
): void {
  const bytes = (type: KvDtype): number => readers[type].bytesPerToken;
  const { positions } = qualities.f32;
  findings.table({
    name: 'quality',
    title: text(
      `Memory, and logits beside those of f32 at ${positions} positions of a text`,
      `内存，以及一段文本 ${positions} 个位置上与 f32 的 logit 比较`,
    ),
    columns: [
      { title: text('type', '类型') },
      { title: text('a token', '每个词元'), unit: 'bytes' },
      { title: text('of f32', '相对 f32'), unit: '%' },
      { title: text('largest logit difference', '最大 logit 差') },
      { title: text('mean difference', '平均差') },
      { title: text('same likeliest token', '最可能词元相同'), unit: '%' },
      { title: text('perplexity', '困惑度') },
      { title: text('change', '变化'), unit: '%' },
    ],
    rows: KV_DTYPES.map((type): Cell[] => {
      const { largestDifference, meanDifference, agreement, perplexity } = qualities[type];
      return [
        ...[type, bytes(type), (100 * bytes(type)) / bytes('f32'), largestDifference, meanDifference],
        ...[100 * agreement, perplexity, 100 * perplexityChange(qualities, type)],
      ];
    }),
  });
  findings.chart({
    name: 'quality',
    kind: 'lines',
    title: text('What a smaller cache costs', '缓存变小的代价'),
    x: { title: text('keys and values of a token', '每个词元的键和值'), unit: 'bytes' },
    y: { title: text('mean logit difference from f32', '与 f32 的平均 logit 差') },
    series: KV_DTYPES.map((type) => ({
      name: text(type, type),
      style: 'points' as const,
      points: [[bytes(type), qualities[type].meanDifference]],
    })),
  });
}

function concludeQuality(
  findings: Findings,
  qualities: ByDtype<KvQuality>,
  readers: ByDtype<TeacherForced>,
): void {
  const bytes = (type: KvDtype): number => readers[type].bytesPerToken;
  for (const type of KV_DTYPES) {
    const once = (name: string, title: Metric['title'], unit: string, value: number): void =>
      findings.sample({ name: `${type} ${name}`, title, unit, better: 'lower', exact: true }, value);
    once('bytes', text(`${type}: memory of a token`, `${type}：每个词元的内存`), 'bytes', bytes(type));
    once(
      `perplexity, text of ${qualities[type].positions}`,
      text(`${type}: perplexity`, `${type}：困惑度`),
      '',
      qualities[type].perplexity,
    );
  }
  const each = (of: (type: KvDtype) => string): Text => {
    const all = SMALLER.map((type) => [of(type), type] as const);
    return text(
      all.map(([value, type]) => `${value} (${type})`).join(', '),
      all.map(([value, type]) => `${value}（${type}）`).join('、'),
    );
  };
  const f = formatNumber;
  const sizes = each((type) => f(bytes(type)));
  const same = each((type) => `${f(100 * qualities[type].agreement)} %`);
  const changes = each((type) => signed(perplexityChange(qualities, type)));
  const { perplexity, positions } = qualities.f32;
  findings.see(
    text(
      `Keys and values of a token take ${f(bytes('f32'))} bytes in f32, and ${sizes.en}.`,
      `每个词元的键和值在 f32 下占 ${f(bytes('f32'))} 字节，其他为 ${sizes.zh}。`,
    ),
  );
  findings.see(
    text(
      `The likeliest token is that of f32 at ${same.en} of ${positions} positions; perplexity is ${f(perplexity)} in f32, and changes by ${changes.en}.`,
      `在 ${positions} 个位置中，最可能的词元与 f32 相同的占 ${same.zh}；f32 的困惑度为 ${f(perplexity)}，变化为 ${changes.zh}。`,
    ),
  );
  partFromExpected(findings, qualities);
  partFromRounding(findings, qualities);
}

function partFromExpected(findings: Findings, qualities: ByDtype<KvQuality>): void {
  const f = formatNumber;
  for (const type of SMALLER) {
    const change = perplexityChange(qualities, type);
    const { agreement } = qualities[type];
    if (Math.abs(change) < MOST_PERPLEXITY_CHANGE && agreement >= LEAST_AGREEMENT) continue;
    findings.part(
      text(
        `${type} changes more than expected: ${f(100 * agreement)} % of the likeliest tokens stay, and perplexity moves by ${signed(change)}.`,
        `${type} 的改变超出预期：${f(100 * agreement)} % 的最可能词元不变，困惑度变化 ${signed(change)}。`,
      ),
    );
  }
}

function partFromRounding(findings: Findings, { f16, bf16 }: ByDtype<KvQuality>): void {
  const closer = bf16.meanDifference / f16.meanDifference;
  if (closer > CLOSER / 2) return;
  const f = formatNumber(closer);
  findings.part(
    text(
      `f16 is only ${f} times closer to f32 than bf16. Where activations are rounded to int8 before each matrix, any change of a bit, however small, may move some of them by a whole step, and that hides the rounding of keys and values; --backend reference keeps activations in f32.`,
      `bf16 与 f32 的差只有 f16 的 ${f} 倍。若激活值在每次矩阵乘之前舍入为 int8，任何微小的位变化都可能使其中一些移动整整一级，从而掩盖键和值的舍入误差；--backend reference 的激活值保持 f32。`,
    ),
  );
}

const signed = (share: number): string => `${share < 0 ? '' : '+'}${formatNumber(100 * share)} %`;
