// Texts that the reports of several experiments share.

import { text } from './text.ts';

export const COMMON_TEXTS = {
  textLength: text('text length', '文本长度'),
  prompt: text('prompt', '提示'),
  answer: text('answer', '回答'),
  cache: text('cache', '缓存'),
  measure: text('measure', '指标'),
  unit: text('unit', '单位'),
  timePerToken: text('time per token', '每词元耗时'),
  timePerTokenTitle: text('Time per token', '每词元耗时'),
  firstToken: text('time to first token', '首词元延迟'),
  speed: text('speed', '速度'),
  prefill: text('prefill', '预填充'),
  decode: text('decode', '解码'),
  memory: text('memory', '内存'),
  time: text('time', '时间'),
  ratio: text('ratio', '比值'),
  interval: text('95 % interval', '95 % 置信区间'),
  explained: text('explained (R²)', '决定系数 (R²)'),
  residual: text('residual', '残差'),
  largestResidual: text('largest residual', '最大残差'),
  repetitions: text('repetitions', '重复次数'),
  tokensEqual: text('tokens equal', '词元一致'),
  logitDifference: text('largest logit difference', 'logit 最大差值'),
  bitsEqual: text('All tokens and all logits are equal to the bit.', '所有词元和 logit 均逐位一致。'),
};

/** Formats a range as `low – high`, for a cell or a sentence. */
export const rangeText = (low: string, high: string): string => `${low} – ${high}`;
