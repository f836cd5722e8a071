// The texts of the experiment `compile`.

import { type BilingualText, text } from '../../text.ts';
import type { ByVariant } from './data.ts';

type FusedAndUnfused = readonly [fused: number, unfused: number];

export const TEXTS = {
  title: text('The gains of compiling the program', '编译计算程序的收益'),
  question: text(
    'How do fewer operations per step change memory, time and bits?',
    '每步的操作减少后，内存、耗时和计算结果有何变化？',
  ),
  expected: text(
    'The fused program has fewer operations, fewer waits between threads and a smaller arena. It produces the same bits in less time, especially for single tokens.',
    '融合后的程序操作更少、线程间等待更少、工作内存更小；结果逐位一致，且耗时更短，单个词元时尤其明显。',
  ),
  variants: {
    unfused: text('unfused', '未融合'),
    fused: text('fused', '融合'),
  } satisfies ByVariant<BilingualText>,

  tapeTitle: (tokens: number) =>
    text(
      `The tape (compiled list of operations) of a step of ${tokens} tokens`,
      `一步 ${tokens} 个词元的指令带（编译后的操作列表）`,
    ),
  operations: text('operations', '操作数'),
  waits: text('waits between threads', '线程间等待'),
  buffers: text('buffers', '缓冲区'),
  separateBuffers: text('all buffers, without sharing', '各缓冲区互不共用'),
  arena: text('arena, shared by lifetime', '工作内存，按生命周期共用'),
  kindsTitle: text('Operations by kind', '各类操作的数量'),
  kind: text('kind', '种类'),
  operationsChartTitle: text('Operations that fusing changes', '融合所改变的操作'),
  counts: ({ operations, waits }: Record<'operations' | 'waits', FusedAndUnfused>) =>
    text(
      `Fusing reduces ${operations[1]} operations to ${operations[0]}, and ${waits[1]} waits to ${waits[0]}.`,
      `融合将操作数从 ${operations[1]} 减至 ${operations[0]}，等待次数从 ${waits[1]} 减至 ${waits[0]}。`,
    ),
  nothingFused: text('This program has no operations that can be fused.', '此程序中没有可融合的操作。'),
  arenaNotSmaller: text(
    'The arena is not smaller: its peak is due to values that fusing does not remove.',
    '工作内存没有变小：峰值时存放的值无法通过融合消除。',
  ),

  comparisonTitle: text('The same answer by both programs', '两种程序给出的同一回答'),
  bitsDiffer: text(
    'Fusing changed bits. This is a bug: please report it.',
    '融合改变了计算结果。这是缺陷，请报告。',
  ),

  timeMetric: (variant: BilingualText, measure: BilingualText) =>
    text(`${variant.en}: ${measure.en}`, `${variant.zh}：${measure.zh}`),
  timeTitle: (prompt: number, answer: number) =>
    text(
      `Prefill of ${prompt} tokens, and decode per token over ${answer} tokens: medians`,
      `预填充 ${prompt} 个词元，以及解码 ${answer} 个词元的每词元耗时：中位数`,
    ),
  timeChartTitle: text('Time relative to unfused', '相对于未融合的耗时'),
  relativeTime: text('time, unfused = 1', '耗时（未融合 = 1）'),
  timeResult: (measure: BilingualText, ratio: string, range: string) =>
    text(
      `Fused, ${measure.en} takes ${ratio} times the unfused time (95 % interval ${range}).`,
      `融合后，${measure.zh}耗时为未融合的 ${ratio} 倍（95 % 置信区间 ${range}）。`,
    ),
  noGain: (measure: BilingualText, high: string) =>
    text(
      `This run shows no gain for ${measure.en}: the interval extends to ${high}.`,
      `本次运行看不出${measure.zh}的收益：置信区间上限为 ${high}。`,
    ),
};
