// The fixed texts of a report.

import { type BilingualText, type Language, text } from '../text.ts';

export const REPORT_TEXTS = {
  title: text('The effect of the KV cache, measured', 'KV 缓存的作用：实测'),
  question: text('Question', '问题'),
  expected: text('Expected', '预期'),
  observations: text('Observed', '实测'),
  contradictions: text('Contradicts theory', '与理论不符'),
  agreement: text('No measurement contradicts what was expected.', '实测结果与预期没有矛盾。'),
  interrupted: text('Interrupted: results so far', '已中断：以下为此前测得的部分'),
  skipped: text('Not run here', '未在此处运行'),
  conditions: text('Conditions', '测试条件'),
  contents: text('Experiments', '实验'),
  language: text('中文', 'English'),
  intro: text(
    'Every number on this page was measured, under the conditions listed at the end.',
    '本页所有数字均为实测，测试条件见页末。',
  ),
  otherConditions: text('conditions that differ', '不同的测试条件'),
  unmatched: text('only in one of the two results', '仅出现在其中一个结果中'),
} as const satisfies Record<string, BilingualText>;

// Units that are translated; the other units are the same in both languages.
const UNITS: Readonly<Record<string, string>> = {
  tokens: '词元',
  'tokens/s': '词元/秒',
  'requests/s': '请求/秒',
  requests: '请求',
  steps: '步',
  times: '倍',
  s: '秒',
  ms: '毫秒',
  µs: '微秒',
  'µs per step': '微秒/步',
  '1/s': '每秒',
  '% of capacity': '占容量 %',
  '% of the time': '占耗时 %',
  sequences: '个序列',
  bytes: '字节',
};

export const unitName = (unit: string, language: Language): string =>
  (language === 'zh' ? UNITS[unit] : undefined) ?? unit;

export const CONDITION_NAMES = {
  date: text('Date', '日期'),
  quire: text('Quire', 'Quire'),
  node: text('Node.js', 'Node.js'),
  system: text('System', '系统'),
  processor: text('Processor', '处理器'),
  processors: text('Processors', '处理器数'),
  memoryBytes: text('Memory', '内存'),
  model: text('Model', '模型'),
  parameters: text('Parameters', '参数量'),
  contextLength: text('Context (tokens)', '上下文长度（词元）'),
  weights: text('Weights', '权重类型'),
  backend: text('Backend', '后端'),
  instructionSet: text('Instruction set', '指令集'),
  threads: text('Threads', '线程数'),
  repetitions: text('Repetitions', '重复次数'),
  bandwidth: text('Memory bandwidth', '内存带宽'),
  int8: text('int8 peak', 'int8 峰值'),
  int16: text('int16 peak', 'int16 峰值'),
  f32: text('f32 peak', 'f32 峰值'),
  bf16: text('bf16 peak', 'bf16 峰值'),
  lengths: text('Text lengths', '文本长度'),
  quick: text('Quick mode, not a measurement', '快速模式（不作为测量）'),
} as const satisfies Record<string, BilingualText>;
