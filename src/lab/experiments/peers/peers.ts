// Quire beside node-llama-cpp on the model under test, by the comparison of bench/peers: where that is installed.

import { existsSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { EMBEDDED_REFERENCE, modelPath } from '../../../engine/node/model-reference.ts';
import { isHubReference } from '../../../hub/hub-reference.ts';
import type { Experiment } from '../../experiment.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench } from '../../lab-bench.ts';
import { formatNumber } from '../../report/format-cell.ts';
import { unitName } from '../../report/words.ts';
import type { Cell } from '../../result.ts';
import { median } from '../../statistics.ts';
import { type Text, text } from '../../text.ts';
import { PACKAGE, runTool, type ToolEnd } from './run-tool.ts';

const MAIN = 'bench/peers/main.ts';
const PEER = 'bench/peers/node_modules/node-llama-cpp';
const MOST_TURNS = 3;
const LEAST: Readonly<Record<string, number>> = { prefill: 1, decode: 1, '16 at once': 2 };
const NEARLY = 0.1; // in ln p
const EMBEDDED_LIMIT_MS = 110_000;
const FILE_LIMIT_MS = 600_000;

const comparisonSchema = z.object({
  name: z.string(),
  unit: z.string(),
  lowIsGood: z.literal(true).optional(),
  quire: z.array(z.number()).min(1),
  llama: z.array(z.number()).min(1),
});
type Comparison = z.output<typeof comparisonSchema>;

const divergenceSchema = z.object({
  tokens: z.int(),
  parting: z.object({ after: z.int(), margin: z.number() }).optional(),
});
type Divergence = z.output<typeof divergenceSchema>;

const lineSchema = z.union([comparisonSchema, z.object({ divergence: divergenceSchema })]);

export const peers: Experiment = {
  name: 'peers',
  title: text('Beside node-llama-cpp', '与 node-llama-cpp 比较'),
  question: text(
    'How does Quire stand beside node-llama-cpp on the same file and machine?',
    '在同一文件、同一机器上，Quire 与 node-llama-cpp 相比如何？',
  ),
  expected: text(
    'Prefill and decode are at least as fast, 16 requests at once more than twice as fast, because they share their steps, and greedy tokens part only where two of them are nearly as likely.',
    '预填充和解码至少一样快；16 个请求并发时共用每一步，速度是对方的两倍以上；贪心词元只在两个候选概率几乎相等处才不同。',
  ),
  async run(bench, findings) {
    const reason = await whyNot(bench);
    if (reason !== undefined) {
      findings.skip(reason);
      return;
    }
    noteLoad(findings);
    const turns = Math.min(MOST_TURNS, bench.repetitions);
    const comparisons: Comparison[] = [];
    const args = ['--json', '--turns', `${turns}`, '--threads', `${bench.threads}`];
    const end = await runTool([MAIN, ...args, resolve(await modelPath(bench.model))], {
      limitMs: bench.model === EMBEDDED_REFERENCE ? EMBEDDED_LIMIT_MS : FILE_LIMIT_MS,
      signal: bench.signal,
      onLine(line) {
        const found = lineSchema.parse(JSON.parse(line));
        if ('divergence' in found) concludeTokens(findings, found.divergence);
        else {
          comparisons.push(found);
          report(findings, comparisons);
        }
      },
    });
    concludeSpeed(findings, comparisons);
    concludeEnd(findings, end, comparisons.length);
  },
};

/** What else runs on the machine does not slow both engines alike. */
function noteLoad(findings: Findings): void {
  const load = loadavg()[0]!;
  const processors = availableParallelism();
  if (load <= processors) return;
  const f = formatNumber(load);
  findings.see(
    text(
      `The machine was busy when this began (a load of ${f} on ${processors} processors), so take the ratios with care.`,
      `开始时机器繁忙（${processors} 个处理器上的负载为 ${f}），比值仅供参考。`,
    ),
  );
}

async function whyNot(bench: LabBench): Promise<Text | undefined> {
  if (bench.quick)
    return text(
      'It starts a process for each measurement, which takes longer than a quick look.',
      '每次测量都要启动一个进程，比快速查看所需的时间长。',
    );
  if (!existsSync(join(PACKAGE, PEER)))
    return text(
      'node-llama-cpp is not installed: in the repository of Quire, run npm ci --prefix bench/peers --ignore-scripts',
      '未安装 node-llama-cpp：请在 Quire 的仓库中运行 npm ci --prefix bench/peers --ignore-scripts',
    );
  if (isHubReference(bench.model))
    return text('It takes the path of a file as --model, or embedded.', '--model 须为文件路径或 embedded。');
  if ((await bench.load()).backend.name !== 'native')
    return text(
      'It compares the native backend, which is not the one here.',
      '它比较的是原生后端，而此处不是。',
    );
  return undefined;
}

const NAMES: Readonly<Record<string, Text>> = {
  prefill: text('prefill of 512 tokens', '预填充 512 个词元'),
  decode: text('decode', '解码'),
  load: text('load', '加载'),
  'peak memory': text('peak memory', '内存峰值'),
  '16 at once': text('16 requests at once', '16 个请求并发'),
};
const nameOf = ({ name }: Comparison): Text => NAMES[name] ?? text(name, name);

const RATIO = text('ratio (above 1: Quire is better)', '比值（大于 1 表示 Quire 更好）');

/** How many times better Quire is, turn by turn. */
const ratiosOf = ({ quire, llama, lowIsGood }: Comparison): number[] =>
  quire.map((own, turn) => (lowIsGood === true ? llama[turn]! / own : own / llama[turn]!));

function report(findings: Findings, comparisons: readonly Comparison[]): void {
  findings.table({
    name: 'peers',
    title: text('Medians of turns, each in fresh processes', '多轮的中位数，每轮使用新进程'),
    columns: [
      { title: text('what', '指标') },
      { title: text('unit', '单位') },
      { title: text('Quire', 'Quire') },
      { title: text('node-llama-cpp', 'node-llama-cpp') },
      { title: RATIO },
      { title: text('least', '最小') },
      { title: text('most', '最大') },
    ],
    rows: comparisons.map((comparison): Cell[] => {
      const { unit, quire, llama } = comparison;
      const ratios = ratiosOf(comparison);
      const range = [Math.min(...ratios), Math.max(...ratios)];
      return [nameOf(comparison), unit, median(quire), median(llama), median(ratios), ...range];
    }),
  });
  findings.chart({
    name: 'ratios',
    kind: 'bars',
    title: text('Quire against node-llama-cpp', 'Quire 与 node-llama-cpp 之比'),
    x: { title: text('what', '指标') },
    y: { title: RATIO },
    series: [
      {
        name: text('Quire', 'Quire'),
        points: comparisons.map((one): [Text, number] => [nameOf(one), median(ratiosOf(one))]),
      },
    ],
  });
  const last = comparisons.at(-1)!;
  const title = text(`${nameOf(last).en}: ratio`, `${nameOf(last).zh}：比值`);
  for (const ratio of ratiosOf(last))
    findings.sample({ name: last.name, title, unit: '', better: 'higher' }, ratio);
}

function concludeSpeed(findings: Findings, comparisons: readonly Comparison[]): void {
  const f = formatNumber;
  for (const comparison of comparisons) {
    const { name, unit } = comparison;
    const ratio = median(ratiosOf(comparison));
    const numbers = [comparison.quire, comparison.llama].map((values) => f(median(values)));
    const { en, zh } = nameOf(comparison);
    const times = f(Math.max(ratio, 1 / ratio));
    const larger = ratio >= 1 === (comparison.lowIsGood !== true) ? 'Quire 是对方的' : '对方是 Quire 的';
    const side = ratio >= 1 ? "in Quire's favour" : "in the other's favour";
    findings.see(
      text(
        `${en}: ${numbers[0]} ${unit} against ${numbers[1]}, ${times} times ${side}.`,
        `${zh}：Quire ${numbers[0]}，对方 ${numbers[1]}（${unitName(unit, 'zh')}），${larger} ${times} 倍。`,
      ),
    );
    const expected = LEAST[name];
    if (expected !== undefined && ratio < expected)
      findings.part(
        text(
          `${en}: at least ${f(expected)} times was expected, and it is ${f(ratio)}.`,
          `${zh}：预期 Quire 至少是对方的 ${f(expected)} 倍，实测为 ${f(ratio)} 倍。`,
        ),
      );
  }
}

function concludeTokens(findings: Findings, { tokens, parting }: Divergence): void {
  if (parting === undefined) {
    findings.see(text(`The same ${tokens} greedy tokens in both.`, `两者的 ${tokens} 个贪心词元完全相同。`));
    return;
  }
  const { after, margin } = parting;
  const led = formatNumber(Math.exp(margin));
  const sentence = text(
    `Greedy tokens part after ${after} of ${tokens}, where Quire's choice was ${led} times as likely as its second.`,
    `贪心词元在 ${tokens} 个中的第 ${after} 个之后不同；该处 Quire 的选择的概率是次选的 ${led} 倍。`,
  );
  if (margin <= NEARLY) findings.see(sentence);
  else findings.part(sentence);
}

function concludeEnd(findings: Findings, end: ToolEnd, measured: number): void {
  if (end.how === 'ended') return;
  const sentence =
    end.how === 'failed'
      ? text(`The comparison failed: ${end.lastWords}`, `比较失败：${end.lastWords}`)
      : text('The comparison took too long and was ended.', '比较用时过长，已结束。');
  if (measured === 0) findings.skip(sentence);
  else findings.see(sentence);
}
