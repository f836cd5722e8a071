// The texts of the experiment `sharing`.

import { type BilingualText, text } from '../../text.ts';
import type { ConversationKind, Conversations, SharingData, SharingKind } from './data.ts';

interface ForkResult {
  readonly prefix: string;
  // KV memory
  readonly forked: string;
  readonly separate: string;
  readonly copied: string;
  readonly memoryRatio: string;
  readonly forkedMs: string;
  readonly separateMs: string;
  readonly timeRatio: string;
  /** blocks copied on write */
  readonly blocks: string;
}

type ConversationResult = Readonly<
  Record<'computed' | 'computedSeparate' | 'filled' | 'filledSeparate' | 'ms' | 'msSeparate', string>
>;

export const TEXTS = {
  title: text('Sharing a common prefix', '共享公共前缀'),
  question: text(
    'What is the cost of many answers to one prompt, and of many conversations with one system prompt?',
    '对同一提示生成多个回答的开销是多少？多个对话共用一个系统提示呢？',
  ),
  expected: text(
    'Forks compute and store the common prefix once, so memory grows only by the tokens that each fork generates. Sequences that share nothing compute and store the prefix once per sequence. The answers are the same token by token.',
    '分叉只计算并存储一次公共前缀，因此内存只随各分叉生成的词元增长；不共享时，每个序列都要各自计算并存储前缀。各回答逐词元一致。',
  ),
  kinds: {
    forked: text('forked, copy-on-write', '分叉，写时复制'),
    copied: text('forked, full copies (contiguous)', '分叉，完整副本（连续缓存）'),
    separate: text('nothing shared', '不共享'),
  } satisfies Record<SharingKind, BilingualText>,

  forksTitle: ({ answerTokens, prefixTokens, modelName }: SharingData) =>
    text(
      `Answers of ${answerTokens} tokens to one prompt of ${prefixTokens} tokens, on ${modelName}`,
      `对同一个 ${prefixTokens} 词元提示生成的 ${answerTokens} 词元回答，模型 ${modelName}`,
    ),
  answers: text('answers', '回答数'),
  sharing: text('sharing', '共享方式'),
  computed: text('tokens computed', '计算的词元'),
  copied: text('blocks copied', '复制的块'),
  filled: text('KV memory filled', '已占用 KV 内存'),
  totalTime: text('time for all answers', '全部回答耗时'),
  baseline: text('baseline', '基准'),
  memoryTitle: (prefix: number) =>
    text(`KV memory filled, prefix of ${prefix} tokens`, `已占用 KV 内存，前缀 ${prefix} 个词元`),
  timeTitle: (prefix: number) =>
    text(`Time for all answers, prefix of ${prefix} tokens`, `全部回答耗时，前缀 ${prefix} 个词元`),
  timeMetric: (kind: BilingualText, count: number, prefix: number) =>
    text(
      `${count} answers to ${prefix} tokens, ${kind.en}`,
      `对 ${prefix} 个词元的 ${count} 个回答，${kind.zh}`,
    ),

  noMemory: text(
    'Memory did not suffice for sequences that share nothing.',
    '内存不足，无法运行不共享的序列。',
  ),
  forksResult: (model: string, count: number, r: ForkResult) =>
    text(
      `On ${model}, ${count} forks of ${r.prefix} tokens fill ${r.forked} of KV memory and take ${r.forkedMs} ms. Sequences that share nothing fill ${r.separate}, ${r.memoryRatio} times as much, and take ${r.separateMs} ms, ${r.timeRatio} times as long. Forks with full copies fill ${r.copied}; copy-on-write copied ${r.blocks} blocks.`,
      `在 ${model} 上，${r.prefix} 个词元前缀的 ${count} 个分叉占用 ${r.forked} KV 内存，耗时 ${r.forkedMs} 毫秒；不共享的序列占用 ${r.separate}，为其 ${r.memoryRatio} 倍，耗时 ${r.separateMs} 毫秒，为其 ${r.timeRatio} 倍。持有完整副本的分叉占用 ${r.copied}；写时复制共复制 ${r.blocks} 块。`,
    ),
  forksEqual: text(
    'Every answer sampled from shared blocks is equal, token by token, to the answer sampled from a copy. The first answer is also equal to the answer of a sequence that shares nothing.',
    '从共享块采样的每个回答，都与从副本采样的逐词元一致；其中第一个也与不共享时一致。',
  ),
  forksDiffer: text(
    'Sharing changed an answer. This is a bug: please report it.',
    '共享改变了回答。这是缺陷，请报告。',
  ),
  noTimeSaved: text('Sharing saved no time.', '共享没有节省时间。'),
  tooLittleMemory: (count: number) =>
    text(
      `Memory did not suffice for ${count} sequences that share nothing.`,
      `内存不足，无法运行 ${count} 个不共享的序列。`,
    ),

  conversationKinds: {
    shared: text('shared', '共享'),
    separate: text('one salt each', '各自加盐'),
  } satisfies Record<ConversationKind, BilingualText>,
  conversationsTitle: ({ count, systemTokens, modelName }: Conversations, answerTokens: number) =>
    text(
      `${count} conversations with one system prompt of ${systemTokens} tokens and answers of ${answerTokens} tokens, on ${modelName}`,
      `${count} 个对话共用一个 ${systemTokens} 词元的系统提示，每个回答 ${answerTokens} 个词元，模型 ${modelName}`,
    ),
  systemPrompt: text('system prompt', '系统提示'),
  conversationsMetric: (count: number, kind: BilingualText) =>
    text(`${count} conversations, system prompt: ${kind.en}`, `${count} 个对话，系统提示：${kind.zh}`),
  conversationsResult: (count: number, r: ConversationResult) =>
    text(
      `${count} conversations that share one system prompt compute ${r.computed} tokens instead of ${r.computedSeparate}, fill ${r.filled} instead of ${r.filledSeparate}, and take ${r.ms} ms instead of ${r.msSeparate} ms.`,
      `${count} 个对话共享系统提示时，计算 ${r.computed} 个词元（不共享时 ${r.computedSeparate} 个），占用 ${r.filled}（不共享时 ${r.filledSeparate}），耗时 ${r.ms} 毫秒（不共享时 ${r.msSeparate} 毫秒）。`,
    ),
  conversationsDiffer: text(
    'A shared system prompt changed an answer. This is a bug: please report it.',
    '共享系统提示改变了回答。这是缺陷，请报告。',
  ),
};
