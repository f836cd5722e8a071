// The texts of the page in English.

import { ERRORS_EN } from './errors.ts';
import { MESSAGES_EN } from './messages.ts';
import { SETTINGS_EN } from './settings.ts';
import { SIDEBAR_EN } from './sidebar.ts';
import type { Texts } from './texts.ts';

const number = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

const time = (ms: number): string =>
  ms < 1000 ? `${number.format(Math.round(ms))} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

export const TEXTS_EN: Texts = {
  sidebar: SIDEBAR_EN,
  messageTexts: MESSAGES_EN,
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
  loadingModel: 'Loading the model',
  loadFailed: 'The model could not be loaded.',
  emptyTitle: 'No token is computed twice.',
  emptyText:
    'Ask a question, then ask a follow-up. The bar under each answer shows how much of the conversation came from the KV cache.',
  starters: 'Example questions',
  followUp: 'then ',
  textModelTitle: 'This model completes text.',
  textModelText:
    'It has no chat template, so you cannot chat with it here. Use it over the API, which continues the text you send:',
  textModelPrompt: 'Once upon a time',
  inputLabel: 'Your message',
  inputPlaceholder: 'Write a message',
  inputHint: 'Enter to send, Shift + Enter for a new line',
  inputHintTouch: 'Enter for a new line, the button to send',
  send: 'Send',
  stop: 'Stop',
  stopping: 'Stopping',
  reading: 'Processing the prompt',
  stopped: 'Stopped',
  stoppedBeforeAnswer: 'Stopped before the answer began. This message is not part of the conversation.',
  cutOff: 'The answer reached the maximum length.',
  interrupted: 'Interrupted: the connection was lost.',
  interruptedByServer: 'Interrupted: the server stopped while it was generating this answer.',
  emptyAnswer: 'The model returned an empty answer.',
  copy: 'Copy',
  copied: 'Copied',
  scrollToBottom: 'Scroll to bottom',
  cached: (tokens) => `${number.format(tokens)} cached`,
  computed: (tokens) => `${number.format(tokens)} computed`,
  generated: (tokens) => `${number.format(tokens)} generated`,
  speed: (ttftMs, rate) =>
    rate > 0
      ? `${time(ttftMs)} to first token, ${rate.toFixed(rate < 10 ? 1 : 0)} tokens/s`
      : `${time(ttftMs)} to first token`,
  explain: ({ prompt, cached, computed, prefill, decode, uncached }) =>
    `The prompt had ${number.format(prompt)} tokens; ${number.format(cached)} were already in the KV cache. ` +
    `This turn computed ${number.format(computed)} tokens: ${number.format(prefill)} to process the new part of ` +
    `the prompt and ${number.format(decode)} to generate the answer.` +
    (uncached === undefined
      ? ''
      : ` Without a cache the turn would have computed ${number.format(uncached)}.`),
  context: (used, length) => `${number.format(used)} of ${number.format(length)} tokens`,
  contextLabel: 'Context used',
  contextFull: (used, length) =>
    `The context is full: the conversation uses ${number.format(used)} of ${number.format(length)} tokens.`,
  contextExceeded: (needed, length) =>
    `This message does not fit: with it, the conversation would need ${number.format(needed)} tokens, but the ` +
    `context length is ${number.format(length)}. Send a shorter message or start a new conversation.`,
  dropOldest: 'Continue without the oldest messages',
  connectionLost: 'The connection to the server was lost. Reconnecting…',
  conversationLost:
    'The server stores this conversation only while the connection is open, so the messages above are no longer sent to the model.',
  conversationsSaved: 'Your conversations are saved.',
  answerMayContinue:
    'Your conversations are saved. If the server is still running, it continues the answer. If the server was stopped, the part generated so far is shown after it restarts.',
  lostAbove: 'The connection was lost. The messages above this line are no longer sent to the model.',
  retryNow: 'Reconnect now',
  remoteImage: 'image not loaded',
  errorTitle: 'Something went wrong.',
  errors: ERRORS_EN,
};
