// The texts of the result `peers`.

import { unitName } from '../../src/lab/report/report-texts.ts';
import { type BilingualText, text } from '../../src/lab/text.ts';

interface SpeedResult {
  readonly unit: string;
  readonly quire: string;
  readonly llama: string;
  /** how many times better the better engine is, at least 1 */
  readonly times: string;
  readonly quireBetter: boolean;
  /** whether larger values are better */
  readonly highIsGood: boolean;
}

const MEASURES: Readonly<Record<string, BilingualText>> = {
  prefill: text('prefill of 512 tokens', '预填充 512 个词元'),
  decode: text('decode', '解码'),
  start: text('process start to first token', '从进程启动到首个词元'),
  load: text('load', '加载'),
  'peak memory': text('peak memory', '内存峰值'),
  '16 at once': text('16 concurrent requests', '16 个并发请求'),
};

export const TEXTS = {
  title: text('Comparison with node-llama-cpp', '与 node-llama-cpp 比较'),
  question: text(
    'How does Quire compare with node-llama-cpp on the same file and machine?',
    '在同一文件、同一机器上，Quire 与 node-llama-cpp 相比如何？',
  ),
  expected: text(
    'Prefill and decode are at least as fast. 16 concurrent requests are more than twice as fast, because they are computed in shared steps. Greedy tokens differ only where the two most likely tokens are nearly equally likely.',
    '预填充和解码至少一样快；16 个并发请求共用计算步，速度为对方的两倍以上；贪心词元只在两个候选概率几乎相等处不同。',
  ),
  measure: (name: string): BilingualText => MEASURES[name] ?? text(name, name),
  busy: (load: string, processors: number) =>
    text(
      `The machine was busy at the start (load ${load} on ${processors} processors), so the ratios are not reliable.`,
      `开始时机器繁忙（${processors} 个处理器，负载 ${load}），比值仅供参考。`,
    ),

  tableTitle: text('Medians of repetitions, each in fresh processes', '多轮的中位数，每轮使用新进程'),
  quire: text('Quire', 'Quire'),
  llama: text('node-llama-cpp', 'node-llama-cpp'),
  ratio: text('ratio (above 1: Quire is better)', '比值（大于 1：Quire 更好）'),
  lowest: text('lowest', '最小'),
  highest: text('highest', '最大'),
  chartTitle: text('Quire relative to node-llama-cpp', 'Quire 相对于 node-llama-cpp'),
  ratioMetric: (name: string): BilingualText => {
    const { en, zh } = TEXTS.measure(name);
    return text(`${en}: ratio`, `${zh}：比值`);
  },

  speed(name: string, r: SpeedResult): BilingualText {
    const { en, zh } = TEXTS.measure(name);
    const better = r.quireBetter ? 'Quire' : 'node-llama-cpp';
    const larger = r.quireBetter === r.highIsGood ? 'Quire 是对方的' : '对方是 Quire 的';
    return text(
      `${en}: Quire ${r.quire} ${r.unit}, node-llama-cpp ${r.llama} ${r.unit}; ${better} is better by a factor of ${r.times}.`,
      `${zh}：Quire ${r.quire}，node-llama-cpp ${r.llama}（${unitName(r.unit, 'zh')}），${larger} ${r.times} 倍。`,
    );
  },
  belowExpected(name: string, expected: string, ratio: string): BilingualText {
    const { en, zh } = TEXTS.measure(name);
    return text(
      `${en}: a ratio of at least ${expected} was expected; it is ${ratio}.`,
      `${zh}：预期比值至少为 ${expected}，实测为 ${ratio}。`,
    );
  },
  sameTokens: (tokens: number) =>
    text(`Both generate the same ${tokens} greedy tokens.`, `两者生成的 ${tokens} 个贪心词元完全相同。`),
  differentTokens: (tokens: number, after: number, times: string) =>
    text(
      `The first ${after} of ${tokens} greedy tokens are equal. At the first difference, Quire's first choice was ${times} times as likely as its second.`,
      `${tokens} 个贪心词元中，前 ${after} 个相同，之后不同；该处 Quire 首选词元的概率是次选的 ${times} 倍。`,
    ),
};
