// The program fused against the program as its family wrote it: how much there is to do, and how long it takes.

import { sum } from '../../../base/sum.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { LoadedModel } from '../../../engine/load-model.ts';
import { planMemory } from '../../../program/plan-memory.ts';
import { emitTape, type Tape } from '../../../program/tape.ts';
import { type TimedAnswer, timedAnswer } from '../../answer.ts';
import type { Experiment } from '../../experiment.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench, ModelChoice } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { formatNumber } from '../../report/format-cell.ts';
import { median, ratioInterval } from '../../statistics.ts';
import { largestDifference, StepRecorder } from '../../step-recorder.ts';
import { type Text, text } from '../../text.ts';
import { countWaits } from './waits.ts';

const SIDES = ['unfused', 'fused'] as const;
type Side = (typeof SIDES)[number];
type Both<T> = Readonly<Record<Side, T>>;

const NAMES: Both<Text> = { unfused: text('unfused', '未融合'), fused: text('fused', '已融合') };
const CHOICES: Both<ModelChoice> = { unfused: { fuse: false }, fused: {} };
const STEP_TOKENS = 256; // what the tape has room for, as an engine asks by default

export const compile: Experiment = {
  name: 'compile',
  title: text('What compiling the program gives', '编译计算程序的收益'),
  question: text(
    'What do fewer operations in a step change: memory, time, bits?',
    '每步的操作变少后，内存和时间有何变化？结果是否逐位相同？',
  ),
  expected: text(
    'The fused program has fewer operations, fewer waits between threads and a smaller arena, gives every bit the same, and takes less time, most of all for single tokens.',
    '融合后的程序操作更少、线程间等待更少、工作内存更小，逐位结果相同，且更快，单个词元时尤其明显。',
  ),
  async run(bench, findings) {
    const models = { unfused: await bench.load(CHOICES.unfused), fused: await bench.load(CHOICES.fused) };
    countTapes(
      findings,
      both((side) => tapeOf(models[side])),
    );
    const { contextLength } = models.fused.config;
    const generate = Math.min(bench.size(32, 8), contextLength >> 1);
    const length = Math.min(bench.size(256, 32), contextLength - generate - 1);
    await compareBits(bench, findings, { length, generate });
    await compareTimes(bench, findings, { length, generate });
  },
};

interface Sizes {
  /** tokens of the prompt */
  readonly length: number;
  readonly generate: number;
}

const both = <T>(of: (side: Side) => T): Both<T> => ({ unfused: of('unfused'), fused: of('fused') });

interface Counted {
  readonly tape: Tape;
  readonly waits: number;
  /** bytes of all values, were each to have its own place */
  readonly apartBytes: number;
}

function tapeOf({ program, config: { contextLength } }: LoadedModel): Counted {
  const capacity = { tokens: Math.min(STEP_TOKENS, contextLength), rows: 1 };
  const tape = emitTape(program, capacity, contextLength);
  const apartBytes = sum(planMemory(program, capacity).places.map(({ bytes }) => bytes));
  return { tape, waits: countWaits(tape), apartBytes };
}

function countTapes(findings: Findings, counted: Both<Counted>): void {
  const row = (title: Text, of: (counted: Counted) => number, unit: string) => {
    const [a, b] = [of(counted.unfused), of(counted.fused)];
    return [title, unit, a, b, b / a];
  };
  const kib = (bytes: number): number => bytes / 1024;
  findings.table({
    name: 'tape',
    title: text(
      `The tape of a step of ${counted.fused.tape.capacity.tokens} tokens`,
      `一步 ${counted.fused.tape.capacity.tokens} 个词元的指令带`,
    ),
    columns: [
      { title: text('what', '指标') },
      { title: text('unit', '单位') },
      { title: NAMES.unfused },
      { title: NAMES.fused },
      { title: text('ratio', '比值') },
    ],
    rows: [
      row(text('operations', '操作'), ({ tape }) => tape.operations.length, ''),
      row(text('waits between threads', '线程间等待'), ({ waits }) => waits, ''),
      row(text('buffers', '缓冲区'), ({ tape }) => tape.buffers.length, ''),
      row(text('all buffers apart', '各缓冲区分开存放'), ({ apartBytes }) => kib(apartBytes), 'KiB'),
      row(
        text('arena, where they share by lifetime', '按生命周期共用的工作内存'),
        ({ tape }) => kib(tape.arenaBytes),
        'KiB',
      ),
    ],
  });
  reportKinds(findings, counted);
  const [before, after] = [counted.unfused, counted.fused];
  const operations = both((side) => counted[side].tape.operations.length);
  findings.see(
    text(
      `Fusing leaves ${operations.fused} of ${operations.unfused} operations and ${after.waits} of ${before.waits} waits.`,
      `融合后，${operations.unfused} 个操作剩 ${operations.fused} 个，${before.waits} 次等待剩 ${after.waits} 次。`,
    ),
  );
  if (operations.fused >= operations.unfused)
    findings.part(text('Fusing found nothing to fold in this program.', '此程序中没有可融合的操作。'));
  if (after.tape.arenaBytes >= before.tape.arenaBytes)
    findings.part(
      text(
        'The arena is not smaller: its largest moment holds values that fusing leaves.',
        '工作内存没有变小：占用最大的时刻，存放的是融合后仍保留的值。',
      ),
    );
}

function reportKinds(findings: Findings, counted: Both<Counted>): void {
  const all = new Set(SIDES.flatMap((side) => counted[side].tape.operations.map(({ kind }) => kind)));
  const kinds = [...all].map((kind) => ({
    kind,
    counts: both((side) => counted[side].tape.operations.filter((one) => one.kind === kind).length),
  }));
  findings.table({
    name: 'kinds',
    title: text('Operations by kind', '各种操作的数量'),
    columns: [{ title: text('kind', '种类') }, { title: NAMES.unfused }, { title: NAMES.fused }],
    rows: kinds.map(({ kind, counts }) => [kind, counts.unfused, counts.fused]),
  });
  const changed = kinds.filter(({ counts }) => counts.unfused !== counts.fused);
  findings.chart({
    name: 'operations',
    kind: 'bars',
    title: text('Operations that fusing changes', '融合所改变的操作'),
    x: { title: text('kind', '种类') },
    y: { title: text('operations', '操作数') },
    series: SIDES.map((side) => ({
      name: NAMES[side],
      points: changed.map(({ kind, counts }): [string, number] => [kind, counts[side]]),
    })),
  });
}

const engineOf = (bench: LabBench, side: Side, { length, generate }: Sizes, recorder?: StepRecorder) =>
  bench.engine(
    {
      maxRunning: 1,
      context: length + generate + 1,
      ...(recorder !== undefined && { onStep: recorder.observe }),
    },
    CHOICES[side],
  );

async function compareBits(bench: LabBench, findings: Findings, sizes: Sizes): Promise<void> {
  const recorded = async (side: Side) => {
    const recorder = new StepRecorder();
    const engine = await engineOf(bench, side, sizes, recorder);
    const { tokens } = await timedAnswer(engine, await passageTokens(engine, sizes.length), sizes.generate);
    await engine.dispose();
    return { tokens, rows: recorder.rows() };
  };
  const [unfused, fused] = [await recorded('unfused'), await recorded('fused')];
  const same = unfused.tokens.join() === fused.tokens.join();
  const difference = largestDifference(unfused.rows, fused.rows);
  findings.table({
    name: 'correct',
    title: text('The same answer by both programs', '两种程序给出的同一回答'),
    columns: [
      { title: text('prompt', '提示'), unit: 'tokens' },
      { title: text('answer', '回答'), unit: 'tokens' },
      { title: text('tokens equal', '词元相同') },
      { title: text('largest logit difference', '最大 logit 差') },
    ],
    rows: [[sizes.length, fused.tokens.length, same, difference]],
  });
  if (same && difference === 0)
    findings.see(text('All tokens and all logits are equal to the bit.', '所有词元和 logit 逐位相同。'));
  else
    findings.part(
      text(
        'Fusing changed bits, which must not be: please report it.',
        '融合改变了结果，这不应发生：请报告。',
      ),
    );
}

async function compareTimes(bench: LabBench, findings: Findings, sizes: Sizes): Promise<void> {
  const engines: Record<Side, Engine> = {
    unfused: await engineOf(bench, 'unfused', sizes),
    fused: await engineOf(bench, 'fused', sizes),
  };
  const prompt = await passageTokens(engines.fused, sizes.length);
  const taken: Record<Side, TimedAnswer[]> = { unfused: [], fused: [] };
  for (let round = 0; round <= bench.repetitions; round++) {
    for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) {
      bench.progress(round, bench.repetitions + 1);
      const answer = await timedAnswer(engines[side], prompt, sizes.generate);
      if (round === 0) continue; // makes what is made lazily
      taken[side].push(answer);
      sample(findings, side, sizes.length, answer);
    }
  }
  reportTimes(findings, taken, sizes);
}

const TIMES = {
  decode: { title: text('decode', '解码'), of: ({ msPerToken }: TimedAnswer) => msPerToken },
  prefill: { title: text('prefill', '预填充'), of: ({ ttftMs }: TimedAnswer) => ttftMs },
} as const;

function sample(findings: Findings, side: Side, length: number, answer: TimedAnswer): void {
  for (const [name, { title, of }] of Object.entries(TIMES))
    findings.sample(
      {
        name: `${name}, ${side}, text of ${length}`,
        title: text(`${NAMES[side].en}: ${title.en}`, `${NAMES[side].zh}：${title.zh}`),
        unit: 'ms',
        better: 'lower',
      },
      of(answer),
    );
}

function reportTimes(findings: Findings, taken: Both<readonly TimedAnswer[]>, sizes: Sizes): void {
  const f = formatNumber;
  const compared = Object.values(TIMES).map(({ title, of }) => {
    const [before, after] = [taken.unfused.map(of), taken.fused.map(of)];
    const ratio = median(after) / median(before);
    return {
      title,
      before: median(before),
      after: median(after),
      ratio,
      interval: ratioInterval(before, after),
    };
  });
  findings.table({
    name: 'time',
    title: text(
      `Prefill of ${sizes.length} tokens, and decode of each of ${sizes.generate}: medians`,
      `预填充 ${sizes.length} 个词元，并逐个解码 ${sizes.generate} 个：中位数`,
    ),
    columns: [
      { title: text('what', '指标') },
      { title: NAMES.unfused, unit: 'ms' },
      { title: NAMES.fused, unit: 'ms' },
      { title: text('ratio', '比值') },
      { title: text('95 % interval', '95 % 区间') },
    ],
    rows: compared.map(({ title, before, after, ratio, interval: { low, high } }) => [
      ...[title, before, after, ratio],
      `${f(low)} – ${f(high)}`,
    ]),
  });
  findings.chart({
    name: 'time',
    kind: 'bars',
    title: text('Time, unfused as 1', '时间（以未融合为 1）'),
    x: { title: text('what', '指标') },
    y: { title: text('time, as a share of the unfused', '时间，相对未融合') },
    series: SIDES.map((side) => ({
      name: NAMES[side],
      points: compared.map(({ title, ratio }): [Text, number] => [title, side === 'fused' ? ratio : 1]),
    })),
  });
  for (const { title, ratio, interval } of compared) {
    const { low, high } = interval;
    const range = `${f(low)} – ${f(high)}`;
    findings.see(
      text(
        `Fused, ${title.en} takes ${f(ratio)} of the unfused time (95 % interval ${range}).`,
        `融合后，${title.zh}的时间是未融合的 ${f(ratio)} 倍（95 % 区间 ${range}）。`,
      ),
    );
    if (high >= 1)
      findings.part(
        text(
          `For ${title.en} this run shows no gain: the interval reaches ${f(high)}.`,
          `${title.zh}在本次运行中看不出收益：区间上限为 ${f(high)}。`,
        ),
      );
  }
}
