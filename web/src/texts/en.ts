// The page in English.

import { ERRORS_EN } from './errors.ts';
import { MESSAGES_EN } from './messages.ts';
import { SETTINGS_EN } from './settings.ts';
import { TOPICS_EN } from './sidebar.ts';
import type { Texts } from './texts.ts';

const number = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

const time = (ms: number): string =>
  ms < 1000 ? `${number.format(Math.round(ms))} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

export const TEXTS_EN: Texts = {
  topics: TOPICS_EN,
  messages: MESSAGES_EN,
  settings: SETTINGS_EN,
  htmlLang: 'en',
  title: 'Quire',
  newConversation: 'New conversation',
  switchLanguage: 'Language',
  conversation: 'Conversation',
  you: 'You',
  model: 'Model',
  modelFacts: 'About the model',
  parameters: (count) => `${compact.format(count)} parameters`,
  backend: (name) => `${name} backend`,
  cache: (policy) => (policy === 'none' ? 'no KV cache' : `${policy} KV cache`),
  loadingModel: 'Loading the model…',
  loadFailed: 'The model could not be loaded.',
  emptyTitle: 'No token is computed twice.',
  emptyText:
    'Ask something, then follow up. The bar under each answer shows how much of the conversation came from the cache.',
  starters: 'Questions to start with',
  textModelTitle: 'This model completes text.',
  textModelText:
    'It has no chat template, so it cannot hold a conversation here. Programs can use it over the API, which continues any text that it is given:',
  textModelPrompt: 'Once upon a time',
  thenAsk: 'then',
  inputLabel: 'Your message',
  inputPlaceholder: 'Write a message',
  inputHint: 'Enter sends, Shift + Enter starts a new line',
  inputHintTouch: 'Enter starts a new line, the button sends',
  send: 'Send',
  stop: 'Stop',
  stopping: 'Stopping…',
  reading: 'Reading',
  stopped: 'Stopped',
  stoppedUnheard: 'Stopped before the answer began, so the model does not remember this message.',
  cutOff: 'Cut off at the longest answer allowed',
  interrupted: 'Interrupted: the connection was lost',
  interruptedByServer: 'Interrupted: the server stopped while this was written',
  emptyAnswer: 'The model ended its answer without a word.',
  copy: 'Copy',
  copied: 'Copied',
  toEnd: 'To the end',
  cached: (tokens) => `${number.format(tokens)} from cache`,
  computed: (tokens) => `${number.format(tokens)} computed`,
  generated: (tokens) => `${number.format(tokens)} generated`,
  speed: (ttftMs, rate) =>
    rate > 0 ? `${time(ttftMs)} to first token, ${rate.toFixed(rate < 10 ? 1 : 0)} tokens/s` : time(ttftMs),
  explain: ({ prompt, cached, computed, prefill, decode, plain }) =>
    `The conversation up to your message had ${number.format(prompt)} tokens, ${number.format(cached)} of them ` +
    `in the cache already. This turn computed ${number.format(computed)}: ${number.format(prefill)} to read ` +
    `what was new and ${number.format(decode)} while writing.` +
    (plain === undefined ? '' : ` Without a cache it would have been ${number.format(plain)}.`),
  context: (used, length) => `${number.format(used)} of ${number.format(length)} tokens`,
  contextLabel: 'Context used',
  contextFull: (used, length) =>
    `The conversation fills the context: ${number.format(used)} of ${number.format(length)} tokens.`,
  contextRefused: (needed, length) =>
    `This message does not fit: the conversation with it has ${number.format(needed)} tokens and the context ` +
    `holds ${number.format(length)}. Send a shorter one, or begin a new conversation.`,
  goOnWithoutOldest: 'Go on without the oldest messages',
  connecting: 'Connecting…',
  connectionLost: 'The connection to the server was lost. Trying again…',
  conversationLost:
    'The server keeps a conversation in memory as long as its connection lasts, so it no longer knows the turns above.',
  conversationsKept: 'Your conversations are kept.',
  answerMayGoOn:
    'Your conversations are kept. If the server is still running, the answer goes on; if it was stopped, what was written so far will be there when it is back.',
  forgottenAbove: 'The connection was lost. The model does not know what is above this line.',
  retryNow: 'Try now',
  remoteImage: 'image not loaded',
  errorTitle: 'That did not work.',
  errors: ERRORS_EN,
};
