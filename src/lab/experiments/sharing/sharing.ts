// What answers share that begin alike: copy-on-write forks of a long prefix, and conversations with one system prompt.

import type { Engine } from '../../../engine/engine.ts';
import { availableMemory } from '../../../engine/node/available-memory.ts';
import type { Experiment } from '../../experiment.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { formatBytes, formatNumber } from '../../report/format-cell.ts';
import type { Cell } from '../../result.ts';
import { median } from '../../statistics.ts';
import { type Text, text } from '../../text.ts';
import { roomFor, type SequenceRoom } from './sequence-room.ts';
import { sharedSystemPrompt } from './sharing-conversations.ts';
import { forkedAnswers, type ManyAnswers, sameTokens, separateAnswers } from './sharing-runs.ts';

const KINDS = ['forked', 'copied', 'separate'] as const;
type Kind = (typeof KINDS)[number];

const NAMES: Readonly<Record<Kind, Text>> = {
  forked: text('forked, copy-on-write', '分叉，写时复制'),
  copied: text('forked, a copy each (contiguous)', '分叉，各自一份副本（连续缓存）'),
  separate: text('nothing shared', '不共享'),
};

const GENERATE = 16;
const MEMORY_SHARE = 1 / 4; // of what is free

interface Ground extends SequenceRoom {
  readonly prefixTokens: number;
}

interface Point {
  readonly count: number;
  /** of each repetition; empty where memory does not suffice */
  readonly runs: Readonly<Record<Kind, readonly ManyAnswers[]>>;
  readonly equal: Readonly<Record<'copied' | 'separate', boolean | undefined>>;
}

// The last block is not full: each fork copies it.
const prefixOf = (bench: LabBench): number => bench.size(2005, 205);

export const sharing: Experiment = {
  name: 'sharing',
  title: text('Sharing what begins alike', '共享相同的开头'),
  question: text(
    'What do many answers to one prompt cost, and many conversations with one system prompt?',
    '对同一提示生成多个回答要多少开销？多个对话共用一个系统提示呢？',
  ),
  expected: text(
    'Forks compute and keep the common prefix once, so memory grows only by what each writes itself and the first tokens are paid once, where sequences that share nothing pay both as often as there are sequences; the answers are the same token for token.',
    '分叉只计算、只保存一次公共前缀，内存仅随各自写入的部分增长，前缀的计算也只付一次；不共享时两者都按序列数成倍付出；回答逐词元相同。',
  ),
  subject: async (bench) => (await roomFor(bench, prefixOf(bench) + GENERATE)).choice,
  async run(bench, findings) {
    const prefixTokens = prefixOf(bench);
    const ground = { ...(await roomFor(bench, prefixTokens + GENERATE)), prefixTokens };
    const counts = bench.size([1, 8, 32], [1, 4]);
    const points: Point[] = [];
    for (const [i, count] of counts.entries()) {
      bench.progress(i, counts.length + 1);
      points.push(await measure(bench, ground, count));
      report(findings, points, ground);
    }
    sampleTimes(findings, points.at(-1)!, ground);
    conclude(findings, points, ground);
    bench.progress(counts.length, counts.length + 1);
    await sharedSystemPrompt(bench, findings);
  },
};

async function measure(bench: LabBench, ground: Ground, count: number): Promise<Point> {
  const { choice, contextLength, contextBytes, prefixTokens } = ground;
  const runs: Record<Kind, ManyAnswers[]> = { forked: [], copied: [], separate: [] };
  const fits = (count + 1) * contextBytes <= availableMemory() * MEMORY_SHARE;
  const run = async (kind: Kind): Promise<ManyAnswers> => {
    bench.check();
    const cache = kind === 'copied' ? 'contiguous' : 'paged';
    const sequences = kind === 'forked' && !fits ? 2 : count + 1;
    const options = {
      cache,
      context: contextLength,
      kvMemory: sequences * contextBytes,
      maxRunning: count,
    } as const;
    await using engine: Engine = await bench.engine(options, choice);
    const prefix = await passageTokens(engine, prefixTokens);
    return await (kind === 'separate' ? separateAnswers : forkedAnswers)(engine, prefix, count, GENERATE);
  };
  // What shares nothing takes long.
  const repetitions = Math.min(bench.repetitions, bench.size(count > 8 ? 2 : 3, 1));
  const warmUps = count > 8 ? 0 : 1;
  for (let round = 1 - warmUps; round <= repetitions; round++)
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
      if (kind !== 'forked' && !fits) continue;
      const answers = await run(kind);
      if (round > 0) runs[kind].push(answers);
    }
  const [forked, copied, separate] = KINDS.map((kind) => runs[kind][0]);
  return {
    count,
    runs,
    equal: {
      copied: copied && sameTokens(forked!, copied),
      separate: separate && sameTokens(forked!, separate, 1),
    },
  };
}

const timeOf = (runs: readonly ManyAnswers[]): number | null =>
  runs.length === 0 ? null : median(runs.map(({ totalMs }) => totalMs));

function report(findings: Findings, points: readonly Point[], { prefixTokens, modelName }: Ground): void {
  findings.table({
    name: 'forks',
    title: text(
      `Answers of ${GENERATE} tokens to one prompt of ${prefixTokens}, on ${modelName}`,
      `对同一个 ${prefixTokens} 个词元提示的 ${GENERATE} 个词元回答，模型 ${modelName}`,
    ),
    columns: [
      { title: text('answers', '回答数') },
      { title: text('how', '方式') },
      { title: text('tokens computed', '计算的词元') },
      { title: text('blocks copied', '复制的块') },
      { title: text('KV memory filled', '占用的 KV 内存'), unit: 'bytes' },
      { title: text('all answers', '全部回答用时'), unit: 'ms' },
      { title: text('tokens equal', '词元相同') },
    ],
    rows: points.flatMap(({ count, runs, equal }) =>
      KINDS.map((kind): Cell[] => {
        const [first] = runs[kind];
        return [
          count,
          NAMES[kind],
          first?.computedTokens ?? null,
          kind === 'forked' ? first!.copiedBlocks : null,
          first?.filledBytes ?? null,
          timeOf(runs[kind]),
          kind === 'forked' ? text('compared with these', '比较基准') : (equal[kind] ?? null),
        ];
      }),
    ),
  });
  const lines = (of: (runs: readonly ManyAnswers[]) => number | null) =>
    KINDS.map((kind) => ({
      name: NAMES[kind],
      ...(kind === 'copied' && { style: 'dashes' as const }), // it lies on the line of those that share nothing
      points: points.flatMap(({ count, runs }): [number, number][] => {
        const value = of(runs[kind]);
        return value === null ? [] : [[count, value]];
      }),
    }));
  const x = { title: text('answers', '回答数') };
  const prefix = text(`prefix of ${prefixTokens} tokens`, `前缀 ${prefixTokens} 个词元`);
  findings.chart({
    name: 'memory',
    kind: 'lines',
    title: text(`KV memory filled, ${prefix.en}`, `占用的 KV 内存，${prefix.zh}`),
    x,
    y: { title: text('memory', '内存'), unit: 'MiB' },
    series: lines(([first]) => (first === undefined ? null : first.filledBytes / 2 ** 20)),
  });
  findings.chart({
    name: 'time',
    kind: 'lines',
    title: text(`Time to all answers, ${prefix.en}`, `全部回答用时，${prefix.zh}`),
    x,
    y: { title: text('time', '时间'), unit: 'ms' },
    series: lines(timeOf),
  });
}

function sampleTimes(findings: Findings, { count, runs }: Point, { prefixTokens }: Ground): void {
  for (const kind of ['forked', 'separate'] as const)
    for (const { totalMs } of runs[kind])
      findings.sample(
        {
          name: `${kind}: ${count} answers to ${prefixTokens} tokens`,
          title: text(
            `${count} answers to ${prefixTokens} tokens, ${NAMES[kind].en}`,
            `${prefixTokens} 个词元的 ${count} 个回答，${NAMES[kind].zh}`,
          ),
          unit: 'ms',
          better: 'lower',
        },
        totalMs,
      );
}

function conclude(findings: Findings, points: readonly Point[], { prefixTokens, modelName }: Ground): void {
  const f = formatNumber;
  const last = points.findLast(({ runs }) => runs.separate.length > 0);
  if (last === undefined)
    return findings.see(
      text('There is no memory for sequences that share nothing.', '内存不足以运行不共享的序列。'),
    );
  const { count, runs } = last;
  const [forked, separate, copied] = [runs.forked[0]!, runs.separate[0]!, runs.copied[0]!];
  const [fast, slow] = [timeOf(runs.forked)!, timeOf(runs.separate)!];
  const times = f(separate.filledBytes / forked.filledBytes);
  findings.see(
    text(
      `On ${modelName} ${count} forks of ${f(prefixTokens)} tokens fill ${formatBytes(forked.filledBytes)} of KV memory and take ${f(fast)} ms; sharing nothing they fill ${formatBytes(separate.filledBytes)}, ${times} times as much, and take ${f(slow)} ms, ${f(slow / fast)} times as long. Forks that copy all fill ${formatBytes(copied.filledBytes)}; copying on write copied ${forked.copiedBlocks} blocks.`,
      `在 ${modelName} 上，${prefixTokens} 个词元前缀的 ${count} 个分叉占用 ${formatBytes(forked.filledBytes)} KV 内存，用时 ${f(fast)} 毫秒；不共享时占用 ${formatBytes(separate.filledBytes)}，是前者的 ${times} 倍，用时 ${f(slow)} 毫秒，是前者的 ${f(slow / fast)} 倍。各自复制全部内容的分叉占用 ${formatBytes(copied.filledBytes)}；写时复制只复制了 ${forked.copiedBlocks} 块。`,
    ),
  );
  if (points.every(({ equal }) => equal.copied !== false && equal.separate !== false))
    findings.see(
      text(
        'Every answer that was drawn from shared blocks is equal, token for token, to the one drawn from a copy; the first of them also to the one that shares nothing.',
        '从共享块得到的每个回答都与从副本得到的逐词元相同；其中第一个也与不共享时相同。',
      ),
    );
  else
    findings.part(
      text(
        'Sharing changed an answer, which must not be: please report it.',
        '共享改变了回答，这不应发生：请报告。',
      ),
    );
  if (count > 1 && fast >= slow) findings.part(text('Sharing saved no time.', '共享没有节省时间。'));
  if (last !== points.at(-1))
    findings.part(
      text(
        `Memory did not suffice for ${points.at(-1)!.count} sequences that share nothing.`,
        `内存不足以运行 ${points.at(-1)!.count} 个不共享的序列。`,
      ),
    );
}
