// The texts of the page in simplified Chinese. Terms: 对话, 消息, 回答, 词元 (token), 提示词 (prompt), KV 缓存.

import { ERRORS_ZH } from './errors.ts';
import { MESSAGES_ZH } from './messages.ts';
import { SETTINGS_ZH } from './settings.ts';
import { SIDEBAR_ZH } from './sidebar.ts';
import type { Texts } from './texts.ts';

const number = new Intl.NumberFormat('zh-CN');
const compact = new Intl.NumberFormat('zh-CN', { notation: 'compact', maximumFractionDigits: 1 });

const time = (ms: number): string =>
  ms < 1000 ? `${number.format(Math.round(ms))} 毫秒` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} 秒`;

export const TEXTS_ZH: Texts = {
  sidebar: SIDEBAR_ZH,
  messageTexts: MESSAGES_ZH,
  settings: SETTINGS_ZH,
  htmlLang: 'zh-Hans',
  title: 'Quire',
  newConversation: '新对话',
  switchLanguage: '语言',
  conversation: '对话',
  you: '你',
  model: '模型',
  modelFacts: '模型信息',
  parameters: (count) => `${compact.format(count)} 参数`,
  backend: (name) => `${name} 后端`,
  cache: (policy) => (policy === 'none' ? '无 KV 缓存' : `${policy} KV 缓存`),
  loadingModel: '正在加载模型',
  loadFailed: '模型加载失败。',
  emptyTitle: '每个词元只计算一次。',
  emptyText: '先提一个问题，再接着追问。每个回答下方的色条会显示，对话中有多少内容来自 KV 缓存。',
  starters: '示例问题',
  followUp: '追问：',
  textModelTitle: '这个模型只能续写文本。',
  textModelText: '它没有对话模板，无法在这里聊天。你可以通过 API 使用它，它会续写你发送的文本：',
  textModelPrompt: '从前有一座山，',
  inputLabel: '你的消息',
  inputPlaceholder: '输入消息',
  inputHint: '按 Enter 发送，按 Shift + Enter 换行',
  inputHintTouch: '按回车键换行，点击按钮发送',
  send: '发送',
  stop: '停止',
  stopping: '正在停止',
  reading: '正在处理提示词',
  stopped: '已停止',
  stoppedBeforeAnswer: '回答开始前已停止，这条消息不会保留在对话中。',
  cutOff: '回答已达到长度上限。',
  interrupted: '已中断：与服务器的连接断开。',
  interruptedByServer: '已中断：生成过程中服务器停止运行。',
  emptyAnswer: '模型返回了空的回答。',
  copy: '复制',
  copied: '已复制',
  scrollToBottom: '滚动到底部',
  cached: (tokens) => `缓存命中 ${number.format(tokens)}`,
  computed: (tokens) => `计算 ${number.format(tokens)}`,
  generated: (tokens) => `生成 ${number.format(tokens)}`,
  speed: (ttftMs, rate) =>
    rate > 0
      ? `首个词元 ${time(ttftMs)}，${rate.toFixed(rate < 10 ? 1 : 0)} 词元/秒`
      : `首个词元 ${time(ttftMs)}`,
  explain: ({ prompt, cached, computed, prefill, decode, uncached }) =>
    `提示词共 ${number.format(prompt)} 个词元，其中 ${number.format(cached)} 个命中 KV 缓存。` +
    `这一轮计算了 ${number.format(computed)} 个词元：处理提示词的新增部分 ${number.format(prefill)} 个，` +
    `生成回答 ${number.format(decode)} 个。` +
    (uncached === undefined ? '' : `如果没有缓存，需要计算 ${number.format(uncached)} 个。`),
  context: (used, length) => `${number.format(used)} / ${number.format(length)} 词元`,
  contextLabel: '上下文用量',
  contextFull: (used, length) =>
    `上下文已满：对话已使用 ${number.format(used)} / ${number.format(length)} 个词元。`,
  contextExceeded: (needed, length) =>
    `这条消息放不下：加上它，对话需要 ${number.format(needed)} 个词元，而上下文最多容纳 ${number.format(length)} 个。` +
    '请缩短消息，或开始新对话。',
  dropOldest: '丢弃最早的消息并继续',
  connectionLost: '与服务器的连接已断开，正在重新连接…',
  conversationLost: '服务器只在连接期间保存这个对话，以上消息不再发送给模型。',
  conversationsSaved: '你的对话已保存。',
  answerMayContinue:
    '你的对话已保存。如果服务器仍在运行，回答会继续生成；如果服务器已停止，恢复后可以看到已生成的部分。',
  lostAbove: '连接曾断开，这条线以上的消息不再发送给模型。',
  retryNow: '立即重新连接',
  remoteImage: '图片未加载',
  errorTitle: '出错了。',
  errors: ERRORS_ZH,
};
