// Texts of the settings panel, in both languages.

import type { Sampling } from '../api/stored-conversation.ts';

export interface FieldTexts {
  readonly label: string;
  readonly hint: string;
  /** shown in an empty field; absent if the default of the model then applies */
  readonly placeholder?: string;
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
  readonly modelDefault: string;
  readonly model: string;
  readonly modelNotReady: (name: string) => string;
  readonly fields: Readonly<Record<keyof Sampling, FieldTexts>>;
  readonly invalid: string;
  readonly saved: string;
  readonly key: string;
  readonly keyHint: string;
  readonly keyNeeded: string;
  readonly keyRejected: string;
  readonly keyLabel: string;
  readonly keepInTab: string;
  readonly keepInBrowser: string;
  readonly saveKey: string;
  readonly removeKey: string;
  readonly enterKey: string;
}

export const SETTINGS_EN: SettingsTexts = {
  title: 'Settings',
  close: 'Close',
  scope: 'Apply settings to',
  thisConversation: 'This conversation',
  newConversations: 'New conversations',
  system: 'System message',
  systemHint: 'Instructions that the model receives before the first message.',
  systemFixed: 'The system message cannot be changed after the first message.',
  noSystem: 'None',
  policy: 'When the context is full',
  policyError: 'Show an error',
  policyErrorHint: 'A message that does not fit is rejected. Nothing is dropped.',
  policyTruncate: 'Drop the oldest messages',
  policyTruncateHint: 'They are no longer sent to the model. You can still read them here.',
  lowWater: 'How much to keep',
  lowWaterHint: (percent) =>
    `${percent}% of the context. A higher value keeps more messages, but drops messages more often.`,
  sampling: 'Sampling',
  samplingHint: 'Leave a field empty to use the default of the model.',
  modelDefault: 'Model default',
  model: 'Model',
  modelNotReady: (name) => `${name} (not loaded)`,
  fields: {
    temperature: { label: 'Temperature', hint: '0 always picks the most likely token' },
    topP: { label: 'Top-p', hint: 'Above 0, up to 1' },
    topK: { label: 'Top-k', hint: '0 turns it off' },
    minP: { label: 'Min-p', hint: '0 to 1' },
    repetitionPenalty: { label: 'Repetition penalty', hint: '1 turns it off' },
    maxTokens: { label: 'Maximum length', hint: 'In tokens, at least 1', placeholder: 'No limit' },
    seed: { label: 'Seed', hint: 'The same seed gives the same answer', placeholder: 'Random' },
  },
  invalid: 'Invalid value',
  saved: 'Saved',
  key: 'API key',
  keyHint: 'Only needed if the server requires one. The key is sent to this server only.',
  keyNeeded: 'This server requires an API key.',
  keyRejected: 'The server rejected this API key. Check it and try again.',
  keyLabel: 'API key',
  keepInTab: 'Remember until this tab is closed',
  keepInBrowser: 'Remember in this browser',
  saveKey: 'Save key',
  removeKey: 'Remove key',
  enterKey: 'Enter API key',
};

export const SETTINGS_ZH: SettingsTexts = {
  title: '设置',
  close: '关闭',
  scope: '适用范围',
  thisConversation: '当前对话',
  newConversations: '新对话',
  system: '系统消息',
  systemHint: '在第一条消息之前提供给模型的指令。',
  systemFixed: '对话开始后不能修改系统消息。',
  noSystem: '无',
  policy: '上下文已满时',
  policyError: '提示错误',
  policyErrorHint: '拒绝放不下的消息，不丢弃任何内容。',
  policyTruncate: '丢弃最早的消息',
  policyTruncateHint: '这些消息不再发送给模型，但你仍可在这里查看。',
  lowWater: '丢弃后保留',
  lowWaterHint: (percent) => `上下文的 ${percent}%。数值越大，保留的消息越多，丢弃也越频繁。`,
  sampling: '采样参数',
  samplingHint: '留空则使用模型的默认值。',
  modelDefault: '模型默认值',
  model: '模型',
  modelNotReady: (name) => `${name}（未加载）`,
  fields: {
    temperature: { label: '温度', hint: '设为 0 时始终选择概率最高的词元' },
    topP: { label: 'Top-p', hint: '大于 0，不超过 1' },
    topK: { label: 'Top-k', hint: '0 表示不启用' },
    minP: { label: 'Min-p', hint: '0 到 1' },
    repetitionPenalty: { label: '重复惩罚', hint: '1 表示不启用' },
    maxTokens: { label: '回答长度上限', hint: '单位为词元，至少为 1', placeholder: '不限' },
    seed: { label: '随机种子', hint: '相同的种子会得到相同的回答', placeholder: '随机' },
  },
  invalid: '数值无效',
  saved: '已保存',
  key: 'API 密钥',
  keyHint: '仅在服务器要求时填写，且只会发送到这个服务器。',
  keyNeeded: '这个服务器需要 API 密钥。',
  keyRejected: '服务器拒绝了这个 API 密钥，请检查后重试。',
  keyLabel: 'API 密钥',
  keepInTab: '关闭此标签页后清除',
  keepInBrowser: '在此浏览器中记住',
  saveKey: '保存密钥',
  removeKey: '移除密钥',
  enterKey: '输入 API 密钥',
};
