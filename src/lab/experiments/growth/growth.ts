// How the work of a token grows with its text: counted from the program, and timed, with a cache and without.

import { kvBytesRead, type Work } from '../../../program/work.ts';
import { attentionLayers } from '../../attention-layers.ts';
import type { Experiment } from '../../experiment.ts';
import type { Findings } from '../../findings.ts';
import { attentionOps, type Network, opsPerToken } from '../../formulas.ts';
import type { LabBench } from '../../lab-bench.ts';
import { ladder } from '../../ladder.ts';
import { formatBytes, formatNumber } from '../../report/format-cell.ts';
import type { Cell, Chart } from '../../result.ts';
import { type Fit, fitLine } from '../../statistics.ts';
import { type Text, text } from '../../text.ts';
import { type Climber, type ClimbMode, climbers, type Point } from './growth-climb.ts';

const LENGTHS = [16, 64, 256, 1024, 2048, 4096];
const QUICK = [16, 64, 256];
const ROOM = 16; // tokens of the context behind the longest text
const STRAIGHT = 0.9; // least share of the variance that a line is to explain
const JUDGED = 3; // points: through two a line always goes
const FAR = 25; // percent of a time by which a line may miss it
const MEGA = 1e6;

const NAMES: Readonly<Record<ClimbMode, Text>> = {
  cache: text('with a cache', '有缓存'),
  none: text('without a cache', '无缓存'),
};
const MODES: readonly ClimbMode[] = ['cache', 'none'];

type Fits = Partial<Record<ClimbMode, Fit>>;

export const growth: Experiment = {
  name: 'growth',
  title: text('How the work of a token grows', '每个词元的计算量如何增长'),
  question: text(
    'How do the operations and the bytes of a token grow with the text, and does time follow them?',
    '每个词元的运算量和读取字节数如何随文本增长？时间是否与之一致？',
  ),
  expected: text(
    'With a cache the operations of a token are a constant and a small line in the length of the text, without one they grow faster than the text; time is a constant plus a rate times the operations.',
    '有缓存时，每个词元的运算量是一个常数加上随文本长度缓慢增长的直线；无缓存时，增长比文本更快；时间等于常数加上与运算量成正比的部分。',
  ),
  subject: async (bench) => ({ model: await bench.smallLlama() }),
  async run(bench, findings) {
    const choice = { model: await bench.smallLlama() };
    const { program } = await bench.load(choice);
    const sides = await climbers(bench, choice, bench.size(30_000, 1000));
    const { contextLength, info } = sides.cache.engine;
    const [kind] = attentionLayers(program);
    const { heads, headDim, layers } = kind!;
    const { opsPerToken: linearOps, opsPerRow: headOps } = info.work;
    const network: Network = { linearOps, headOps, layers: layers.length, heads, headDim };
    const usual = bench.size([...LENGTHS, contextLength - ROOM], QUICK);
    const lengths = ladder(bench, { contextLength, room: ROOM, usual });
    count(findings, network, info.work, lengths);
    await climb(bench, findings, { sides, network, lengths });
  },
};

/** What the program asks for, before anything is timed. */
function count(findings: Findings, network: Network, work: Work, lengths: readonly number[]): void {
  const mega = (ops: number): number => ops / MEGA;
  findings.table({
    name: 'counted',
    title: text('Counted for one token, by the text it follows', '按所接文本长度计算的每个词元的开销'),
    columns: [
      { title: text('text', '文本长度'), unit: 'tokens' },
      { title: text('linears and head', '线性层与输出头'), unit: 'MOP' },
      { title: text('attention', '注意力'), unit: 'MOP' },
      { title: text('with a cache', '有缓存'), unit: 'MOP' },
      { title: text('without a cache', '无缓存'), unit: 'MOP' },
      { title: text('times', '倍数') },
      { title: text('keys and values read', '读取的键和值'), unit: 'bytes' },
      { title: text('weights read', '读取的权重'), unit: 'bytes' },
    ],
    rows: lengths.map((context) => {
      const cached = opsPerToken(network, { context, cache: true });
      const whole = opsPerToken(network, { context, cache: false });
      const attention = attentionOps({ ...network, context });
      return [
        context,
        ...[cached - attention, attention, cached, whole].map(mega),
        whole / cached,
        kvBytesRead(work, context),
        work.weightBytes,
      ];
    }),
  });
  findings.chart({
    name: 'operations',
    kind: 'lines',
    title: text('Operations of a token, counted', '每个词元的运算量（计数）'),
    x: { title: text('length of the text', '文本长度'), unit: 'tokens', scale: 'log' },
    y: { title: text('operations', '运算量'), unit: 'MOP', scale: 'log' },
    series: MODES.map((mode) => ({
      name: NAMES[mode],
      points: lengths.map((context): [number, number] => [
        context,
        mega(opsPerToken(network, { context, cache: mode === 'cache' })),
      ]),
    })),
  });
  const { layers, heads, headDim, linearOps, headOps } = network;
  const even = Math.round((linearOps + headOps) / attentionOps({ layers, heads, headDim, context: 1 }));
  findings.see(
    text(
      `Each token of text costs ${formatBytes(work.kvBytesPerToken)} of memory, which every later token reads; from ${formatNumber(even)} tokens on, attention takes more operations than all linears.`,
      `文本中每个词元占用 ${formatBytes(work.kvBytesPerToken)} 内存，之后的每个词元都要读取；超过 ${formatNumber(even)} 个词元后，注意力的运算量超过所有线性层。`,
    ),
  );
}

async function climb(
  bench: LabBench,
  findings: Findings,
  {
    sides,
    network,
    lengths,
  }: { sides: Record<ClimbMode, Climber>; network: Network; lengths: readonly number[] },
): Promise<void> {
  for (const [i, length] of lengths.entries()) {
    for (const [j, mode] of MODES.entries()) {
      bench.progress(MODES.length * i + j, MODES.length * lengths.length);
      const samples = await sides[mode].climb(length, network);
      for (const value of samples ?? [])
        findings.sample(
          {
            name: `${mode}, ${length} tokens`,
            title: text(
              `${NAMES[mode].en}: time of a token, text of ${length}`,
              `${NAMES[mode].zh}：文本长 ${length} 时每个词元的时间`,
            ),
            unit: 'ms',
            better: 'lower',
          },
          value,
        );
    }
    report(findings, sides);
  }
  conclude(findings, sides, lengths);
}

const lineThrough = (points: readonly Point[]): Fit | undefined =>
  points.length < 2
    ? undefined
    : fitLine(
        points.map(({ ops, ms }) => [ops / MEGA, ms]),
        points.map(({ ms }) => ms ** -2), // times lie decades apart: each is to be met as well as the others
      );

/** Percent of each measured time. */
const missedBy = ({ residuals }: Fit, points: readonly Point[]): number[] =>
  residuals.map((residual, i) => Math.abs(100 * residual) / points[i]!.ms);

function report(findings: Findings, sides: Record<ClimbMode, Climber>): void {
  const rows: Cell[][] = [];
  const series: Chart['series'] = [];
  const fits: Fits = {};
  for (const mode of MODES) {
    const { points } = sides[mode];
    const fit = lineThrough(points);
    if (fit !== undefined) fits[mode] = fit;
    const predicted = points.map(({ ms }, i) => (fit === undefined ? ms : ms - fit.residuals[i]!));
    for (const [i, { length, ms, ops, repetitions }] of points.entries())
      rows.push([NAMES[mode], length, ops / MEGA, ms, predicted[i]!, ms - predicted[i]!, repetitions]);
    series.push(
      { name: NAMES[mode], points: points.map(({ length, ms }) => [length, ms]) },
      {
        name: text(`${NAMES[mode].en}, a + b × operations`, `${NAMES[mode].zh}，a + b × 运算量`),
        style: 'dashes',
        // a logarithmic axis has no place for what a line may say of short texts
        points: points.flatMap(({ length }, i) => (predicted[i]! > 0 ? [[length, predicted[i]!]] : [])),
      },
    );
  }
  findings.table({
    name: 'measured',
    title: text('Time of a token, beside the line through it', '每个词元的时间与拟合直线'),
    columns: [
      { title: text('cache', '缓存') },
      { title: text('text', '文本长度'), unit: 'tokens' },
      { title: text('operations', '运算量'), unit: 'MOP' },
      { title: text('a token', '每个词元'), unit: 'ms' },
      { title: text('line', '直线'), unit: 'ms' },
      { title: text('residual', '残差'), unit: 'ms' },
      { title: text('repetitions', '重复次数') },
    ],
    rows,
  });
  findings.table({
    name: 'fit',
    title: text(
      'time = a + b × operations, by least squares of relative errors',
      '时间 = a + b × 运算量（相对误差最小二乘）',
    ),
    columns: [
      { title: text('cache', '缓存') },
      { title: text('a', 'a'), unit: 'ms' },
      { title: text('b', 'b'), unit: 'ms/MOP' },
      { title: text('rate 1/b', '速率 1/b'), unit: 'GOP/s' },
      { title: text('explained (R²)', '解释度 (R²)') },
      { title: text('largest residual', '最大残差'), unit: '% of the time' },
    ],
    rows: MODES.flatMap((mode): Cell[][] => {
      const fit = fits[mode];
      if (fit === undefined) return [];
      const { intercept, slope, r2 } = fit;
      return [[NAMES[mode], intercept, slope, 1 / slope, r2, Math.max(...missedBy(fit, sides[mode].points))]];
    }),
  });
  findings.chart({
    name: 'time',
    kind: 'lines',
    title: text('Time of a token, measured and predicted', '每个词元的时间：实测与预测'),
    x: { title: text('length of the text', '文本长度'), unit: 'tokens', scale: 'log' },
    y: { title: text('time of a token', '每个词元的时间'), unit: 'ms', scale: 'log' },
    series,
  });
}

function conclude(findings: Findings, sides: Record<ClimbMode, Climber>, lengths: readonly number[]): void {
  const f = formatNumber;
  const { cache, none } = sides;
  const last = none.points.at(-1);
  const beside = cache.points.find(({ length }) => length === last?.length);
  if (last !== undefined && beside !== undefined)
    findings.see(
      text(
        `After ${f(last.length)} tokens of text a token asks for ${f(last.ops / MEGA)} million operations without a cache and ${f(beside.ops / MEGA)} with one, a ratio of ${f(last.ops / beside.ops)}; it took ${f(last.ms)} ms and ${f(beside.ms)} ms, a ratio of ${f(last.ms / beside.ms)}.`,
        `文本长 ${f(last.length)} 个词元时，每个词元无缓存需 ${f(last.ops / MEGA)} 百万次运算，有缓存需 ${f(beside.ops / MEGA)} 百万次，前者是后者的 ${f(last.ops / beside.ops)} 倍；实测分别为 ${f(last.ms)} 毫秒和 ${f(beside.ms)} 毫秒，前者是后者的 ${f(last.ms / beside.ms)} 倍。`,
      ),
    );
  for (const mode of MODES) {
    const { points, stoppedAt } = sides[mode];
    const [first, end] = [points[0], points.at(-1)];
    if (first !== undefined && end !== undefined && end !== first)
      findings.see(
        text(
          `From ${f(first.length)} to ${f(end.length)} tokens of text the operations of a token grow ${f(end.ops / first.ops)} times ${NAMES[mode].en}, and its time ${f(end.ms / first.ms)} times.`,
          `${NAMES[mode].zh}：文本从 ${f(first.length)} 增至 ${f(end.length)} 个词元，每个词元的运算量增至 ${f(end.ops / first.ops)} 倍，时间增至 ${f(end.ms / first.ms)} 倍。`,
        ),
      );
    if (stoppedAt !== undefined)
      findings.see(
        text(
          `Texts of ${f(stoppedAt)} tokens and more were not measured ${NAMES[mode].en}: they would have taken longer than the ${f(sides[mode].budgetMs / 1000)} s that this experiment gives to it.`,
          `${NAMES[mode].zh}时，${f(stoppedAt)} 个词元及更长的文本未测量：所需时间超过本实验给它的 ${f(sides[mode].budgetMs / 1000)} 秒。`,
        ),
      );
    judge(findings, mode, points);
  }
  if (lengths.length < JUDGED)
    findings.see(
      text(`It takes ${JUDGED} lengths to judge a line.`, `至少 ${JUDGED} 个长度才能判断直线是否成立。`),
    );
}

function judge(findings: Findings, mode: ClimbMode, points: readonly Point[]): void {
  const fit = lineThrough(points);
  if (fit === undefined || points.length < JUDGED) return;
  const share = formatNumber(100 * fit.r2);
  const name = NAMES[mode];
  if (fit.r2 >= STRAIGHT && fit.slope > 0)
    findings.see(
      text(
        `A line in the operations explains ${share} % of the variance of time ${name.en}.`,
        `${name.zh}：以运算量为自变量的直线解释了时间方差的 ${share} %。`,
      ),
    );
  else if (fit.slope <= 0)
    findings.part(
      text(`Time did not grow with the operations ${name.en}.`, `${name.zh}：时间没有随运算量增长。`),
    );
  else
    findings.part(
      text(
        `A line in the operations explains only ${share} % of the variance of time ${name.en}: what a step costs whatever it computes, or what else the machine did, weighs more.`,
        `${name.zh}：以运算量为自变量的直线只解释了时间方差的 ${share} %：每步的固定开销或机器上的其他负载影响更大。`,
      ),
    );
  const missed = missedBy(fit, points);
  const most = Math.max(...missed);
  const { length } = points[missed.indexOf(most)]!;
  if (most > FAR)
    findings.part(
      text(
        `The line misses the time ${name.en} by ${formatNumber(most)} % at ${formatNumber(length)} tokens: operations of attention and of linears need not cost the same.`,
        `${name.zh}：文本长 ${formatNumber(length)} 个词元时，直线与实测相差 ${formatNumber(most)} %：注意力与线性层的单次运算耗时未必相同。`,
      ),
    );
}
