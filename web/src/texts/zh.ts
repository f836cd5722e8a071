// The page in Chinese (simplified).

import { ERRORS_ZH } from './errors.ts';
import { MESSAGES_ZH } from './messages.ts';
import { SETTINGS_ZH } from './settings.ts';
import { TOPICS_ZH } from './sidebar.ts';
import type { Texts } from './texts.ts';

const number = new Intl.NumberFormat('zh-CN');
const compact = new Intl.NumberFormat('zh-CN', { notation: 'compact', maximumFractionDigits: 1 });

const time = (ms: number): string =>
  ms < 1000 ? `${number.format(Math.round(ms))} 毫秒` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} 秒`;

export const TEXTS_ZH: Texts = {
  topics: TOPICS_ZH,
  messages: MESSAGES_ZH,
  settings: SETTINGS_ZH,
  htmlLang: 'zh-Hans',
  title: 'Quire',
  newConversation: '新对话',
  switchLanguage: '语言',
  conversation: '对话',
  you: '你',
  model: '模型',
  modelFacts: '模型信息',
  parameters: (count) => `${compact.format(count)}参数`,
  backend: (name) => `${name} 后端`,
  cache: (policy) => (policy === 'none' ? '无 KV 缓存' : `${policy} KV 缓存`),
  loadingModel: '正在加载模型…',
  loadFailed: '模型加载失败。',
  emptyTitle: '每个词元只计算一次。',
  emptyText: '先提一个问题，再接着追问。每个回答下面的色条会显示，对话中有多少来自缓存。',
  starters: '可以这样开始',
  textModelTitle: '这个模型只能续写文本。',
  textModelText: '它没有对话模板，不能在这里聊天。程序可以通过 API 使用它：给它一段文本，它会接着写下去。',
  textModelPrompt: '从前有一座山，',
  thenAsk: '接着说',
  inputLabel: '你的消息',
  inputPlaceholder: '输入消息',
  inputHint: '回车发送，Shift + 回车换行',
  inputHintTouch: '回车换行，点按钮发送',
  send: '发送',
  stop: '停止',
  stopping: '正在停止…',
  reading: '正在阅读',
  stopped: '已停止',
  stoppedUnheard: '回答开始前已停止，模型不会记住这条消息。',
  cutOff: '已达到回答的长度上限',
  interrupted: '连接中断，回答不完整',
  interruptedByServer: '服务器在写这个回答时停止了，回答不完整',
  emptyAnswer: '模型没有写任何内容就结束了回答。',
  copy: '复制',
  copied: '已复制',
  toEnd: '回到底部',
  cached: (tokens) => `缓存 ${number.format(tokens)}`,
  computed: (tokens) => `计算 ${number.format(tokens)}`,
  generated: (tokens) => `生成 ${number.format(tokens)}`,
  speed: (ttftMs, rate) =>
    rate > 0 ? `首词元 ${time(ttftMs)}，每秒 ${rate.toFixed(rate < 10 ? 1 : 0)} 个` : time(ttftMs),
  explain: ({ prompt, cached, computed, prefill, decode, plain }) =>
    `到这条消息为止，对话共有 ${number.format(prompt)} 个词元，其中 ${number.format(cached)} 个已在缓存中。` +
    `这一轮计算了 ${number.format(computed)} 个：读取新内容 ${number.format(prefill)} 个，写回答 ${number.format(decode)} 个。` +
    (plain === undefined ? '' : `如果没有缓存，则需要计算 ${number.format(plain)} 个。`),
  context: (used, length) => `${number.format(used)} / ${number.format(length)} 词元`,
  contextLabel: '上下文用量',
  contextFull: (used, length) =>
    `对话已占满上下文：${number.format(used)} / ${number.format(length)} 个词元。`,
  contextRefused: (needed, length) =>
    `这条消息放不下：加上它，对话共有 ${number.format(needed)} 个词元，而上下文只能容纳 ${number.format(length)} 个。` +
    '请缩短消息，或开始新对话。',
  goOnWithoutOldest: '省略最早的消息，继续对话',
  connecting: '正在连接…',
  connectionLost: '与服务器的连接已中断，正在重试…',
  conversationLost: '服务器只在连接期间把对话保存在内存中，因此它不再记得上面的内容。',
  conversationsKept: '对话都已保存。',
  answerMayGoOn:
    '对话都已保存。如果服务器仍在运行，它会继续写这个回答；如果已停止，恢复后可以看到已写好的部分。',
  forgottenAbove: '连接曾经中断，模型不记得这条线以上的内容。',
  retryNow: '立即重试',
  remoteImage: '图片未加载',
  errorTitle: '没有成功。',
  errors: ERRORS_ZH,
};
