// The texts of the experiment `backends`.

import { type BilingualText, text } from '../../text.ts';
import type { SpeedMeasure } from './data.ts';

type SpeedAndRatio = readonly [speed: string, ratio: string];

export const TEXTS = {
  title: text('Backends and instruction sets', '后端与指令集'),
  question: text(
    'How fast is each backend, and how close does it come to the limits of the machine?',
    '各后端有多快？距离机器的极限有多远？',
  ),
  expected: text(
    'No instruction set is slower than a simpler one, and the reference is by far the slowest. The best instruction set decodes near the memory bandwidth and prefills near the arithmetic peak. The native backends generate the same tokens.',
    '更强的指令集不会更慢，参考后端远慢于其他后端；最强的指令集解码接近内存带宽，预填充接近算力峰值；各原生后端生成相同的词元。',
  ),
  withoutNative: text(
    'The native kernels are not built on this machine, so they were not measured.',
    '这台机器上没有编译原生内核，因此没有测量原生后端。',
  ),
  backend: text('backend', '后端'),

  comparisonTitle: (best: string) =>
    text(`The same answer by each backend, compared with ${best}`, `各后端生成的同一回答，与 ${best} 比较`),
  tokensCompared: text('tokens compared', '比较的词元数'),
  equal: text('equal', '一致'),
  firstDifference: text('first token that differs', '首个不同的词元'),
  lead: text('lead of the largest logit there', '该处最大 logit 的领先值'),
  logitDifference: text('largest logit difference until then', '此前 logit 最大差值'),
  differentToken: (
    backend: string,
    best: string,
    { number, lead, difference }: { number: number; lead: string; difference: string },
  ) =>
    text(
      `Token ${number} of ${backend} differs from that of ${best}. There the largest logit leads by ${lead}, and the logits of the two backends differ by up to ${difference}.`,
      `${backend} 的第 ${number} 个词元与 ${best} 不同：该处最大 logit 领先 ${lead}，两个后端的 logit 最多相差 ${difference}。`,
    ),

  speedTitle: text('Speed of each backend', '各后端的速度'),
  threads: text('threads', '线程数'),
  peakShare: text('of the arithmetic peak', '占算力峰值'),
  bandwidthShare: text('of the bandwidth', '占内存带宽'),
  speedChartTitles: {
    prefill: text('Prefill speed', '预填充速度'),
    decode: text('Decode speed', '解码速度'),
  } satisfies Record<SpeedMeasure, BilingualText>,
  speedAxes: {
    prefill: text('prefill speed', '预填充速度'),
    decode: text('decode speed', '解码速度'),
  } satisfies Record<SpeedMeasure, BilingualText>,
  textSeries: (length: number) => text(`text of ${length} tokens`, `文本 ${length} 个词元`),
  speedMetric: (backend: string, measure: BilingualText, length: number) =>
    text(
      `${backend}: ${measure.en}, text of ${length} tokens`,
      `${backend}：${measure.zh}，文本 ${length} 个词元`,
    ),

  bestSpeed: (backend: string, length: number, { prefill, decode }: Record<SpeedMeasure, SpeedAndRatio>) =>
    text(
      `On a text of ${length} tokens, ${backend} prefills ${prefill[0]} and decodes ${decode[0]} tokens per second, ${prefill[1]} and ${decode[1]} times as fast as the reference.`,
      `文本为 ${length} 个词元时，${backend} 每秒预填充 ${prefill[0]} 个、解码 ${decode[0]} 个词元，分别是参考后端的 ${prefill[1]} 倍和 ${decode[1]} 倍。`,
    ),
  slowerThanSimpler: (
    measure: BilingualText,
    length: number,
    {
      slower,
      slowerSpeed,
      faster,
      fasterSpeed,
    }: Record<'slower' | 'slowerSpeed' | 'faster' | 'fasterSpeed', string>,
  ) =>
    text(
      `On a text of ${length} tokens, ${slower} was slower than ${faster} in ${measure.en}: ${slowerSpeed} against ${fasterSpeed} tokens per second.`,
      `文本为 ${length} 个词元时，${slower} 的${measure.zh}比 ${faster} 慢：每秒 ${slowerSpeed} 个词元对 ${fasterSpeed} 个。`,
    ),
  shares: (backend: string, length: number, prefill: string, decode: string) =>
    text(
      `On a text of ${length} tokens, ${backend} reaches ${prefill} % of the arithmetic peak in prefill and ${decode} % of the memory bandwidth in decode.`,
      `文本为 ${length} 个词元时，${backend} 预填充达到算力峰值的 ${prefill} %，解码达到内存带宽的 ${decode} %。`,
    ),
  farFromPeak: (backend: string, minimum: string) =>
    text(
      `In prefill, ${backend} stays below ${minimum} % of the arithmetic peak.`,
      `预填充时，${backend} 未达到算力峰值的 ${minimum} %。`,
    ),
  farFromBandwidth: (
    backend: string,
    minimum: string,
    { weights, readMs, tokenMs }: Record<'weights' | 'readMs' | 'tokenMs', string>,
  ) =>
    text(
      `In decode, ${backend} stays below ${minimum} % of the memory bandwidth. At full bandwidth, its ${weights} of weights would be read in ${readMs} ms; a token took ${tokenMs} ms.`,
      `解码时，${backend} 未达到内存带宽的 ${minimum} %。以全部带宽读取 ${weights} 的权重需 ${readMs} 毫秒，而每个词元实际耗时 ${tokenMs} 毫秒。`,
    ),
};
