// What the settings say, in both languages.

import type { Sampling } from '../api/stored-conversation.ts';

export interface FieldTexts {
  readonly label: string;
  readonly hint: string;
  /** what an empty field means, where it is not the model's choice */
  readonly empty?: string;
}

export interface SettingsTexts {
  readonly title: string;
  readonly close: string;
  readonly scope: string;
  readonly thisConversation: string;
  readonly newConversations: string;
  readonly system: string;
  readonly systemHint: string;
  readonly systemFixed: string;
  readonly noSystem: string;
  readonly policy: string;
  readonly policyError: string;
  readonly policyErrorHint: string;
  readonly policyTruncate: string;
  readonly policyTruncateHint: string;
  readonly lowWater: string;
  lowWaterHint(percent: number): string;
  readonly sampling: string;
  readonly samplingHint: string;
  readonly modelChoice: string;
  readonly model: string;
  readonly modelNotReady: (name: string) => string;
  readonly fields: Readonly<Record<keyof Sampling, FieldTexts>>;
  readonly invalid: string;
  readonly saved: string;
  readonly key: string;
  readonly keyHint: string;
  readonly keyNeeded: string;
  readonly keyRefused: string;
  readonly keyLabel: string;
  readonly keepInTab: string;
  readonly keepInBrowser: string;
  readonly useKey: string;
  readonly forgetKey: string;
  readonly enterKey: string;
}

export const SETTINGS_EN: SettingsTexts = {
  title: 'Settings',
  close: 'Close',
  scope: 'Settings for',
  thisConversation: 'This conversation',
  newConversations: 'New conversations',
  system: 'System message',
  systemHint: 'What the model is told before the first message.',
  systemFixed: 'It was set when the conversation began.',
  noSystem: 'none',
  policy: 'When the context is full',
  policyError: 'Say so',
  policyErrorHint: 'A message that does not fit is refused, and nothing is left out.',
  policyTruncate: 'Leave out the oldest',
  policyTruncateHint: 'The oldest messages are no longer shown to the model. They stay here to read.',
  lowWater: 'Keep after a cut',
  lowWaterHint: (percent) => `${percent} % of the context; the more, the sooner comes the next cut.`,
  sampling: 'How answers are chosen',
  samplingHint: 'An empty field leaves it to the model.',
  modelChoice: 'model’s own',
  model: 'Model',
  modelNotReady: (name) => `${name} (not loaded)`,
  fields: {
    temperature: { label: 'Temperature', hint: '0 always takes the likeliest word' },
    topP: { label: 'Top-p', hint: 'above 0, at most 1' },
    topK: { label: 'Top-k', hint: '0 keeps all' },
    minP: { label: 'Min-p', hint: '0 to 1' },
    repetitionPenalty: { label: 'Repetition penalty', hint: '1 does nothing' },
    maxTokens: { label: 'Longest answer', hint: 'in tokens, from 1', empty: 'what fits' },
    seed: { label: 'Seed', hint: 'the same one gives the same answer', empty: 'drawn anew' },
  },
  invalid: 'Out of range',
  saved: 'Saved',
  key: 'Server key',
  keyHint: 'Only for a server that asks for one. It is sent to this server and to nobody else.',
  keyNeeded: 'This server asks for a key. Enter it to go on.',
  keyRefused: 'The server did not accept this key.',
  keyLabel: 'Key',
  keepInTab: 'Until this tab is closed',
  keepInBrowser: 'In this browser',
  useKey: 'Use key',
  forgetKey: 'Forget key',
  enterKey: 'Enter key',
};

export const SETTINGS_ZH: SettingsTexts = {
  title: '设置',
  close: '关闭',
  scope: '适用于',
  thisConversation: '当前对话',
  newConversations: '新对话',
  system: '系统消息',
  systemHint: '在第一条消息之前告诉模型的内容。',
  systemFixed: '对话开始时已确定，不能再改。',
  noSystem: '无',
  policy: '上下文已满时',
  policyError: '提示我',
  policyErrorHint: '放不下的消息会被拒绝，不省略任何内容。',
  policyTruncate: '省略最早的消息',
  policyTruncateHint: '模型不再看到最早的消息，但你仍可在这里阅读。',
  lowWater: '省略后保留',
  lowWaterHint: (percent) => `上下文的 ${percent}%；保留越多，下一次省略来得越早。`,
  sampling: '回答的取样方式',
  samplingHint: '留空则由模型决定。',
  modelChoice: '模型默认',
  model: '模型',
  modelNotReady: (name) => `${name}（未加载）`,
  fields: {
    temperature: { label: '温度', hint: '0 总是取最可能的词' },
    topP: { label: 'Top-p', hint: '大于 0，不超过 1' },
    topK: { label: 'Top-k', hint: '0 表示不限制' },
    minP: { label: 'Min-p', hint: '0 到 1' },
    repetitionPenalty: { label: '重复惩罚', hint: '1 表示不惩罚' },
    maxTokens: { label: '最长回答', hint: '按词元计，至少 1', empty: '放得下为止' },
    seed: { label: '随机种子', hint: '相同的种子给出相同的回答', empty: '每次随机' },
  },
  invalid: '超出范围',
  saved: '已保存',
  key: '服务器密钥',
  keyHint: '仅在服务器要求时需要。只会发送给这个服务器。',
  keyNeeded: '这个服务器要求密钥，请先输入。',
  keyRefused: '服务器不接受这个密钥。',
  keyLabel: '密钥',
  keepInTab: '保留到关闭此标签页',
  keepInBrowser: '保存在此浏览器',
  useKey: '使用密钥',
  forgetKey: '忘记密钥',
  enterKey: '输入密钥',
};
