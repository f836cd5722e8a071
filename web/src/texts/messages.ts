// Labels of the actions on a message and of the dividers between messages, in both languages.

export interface MessageTexts {
  readonly regenerate: string;
  readonly edit: string;
  readonly editLabel: string;
  readonly saveEdit: string;
  readonly cancelEdit: string;
  readonly forkHere: string;
  readonly previousQuestion: string;
  readonly nextQuestion: string;
  readonly previousAnswer: string;
  readonly nextAnswer: string;
  versionOf(index: number, count: number): string;
  dropped(count: number): string;
  modelChanged(from: string, to: string): string;
  readonly replacementRejected: string;
  readonly dismiss: string;
}

const numberEn = new Intl.NumberFormat('en');
const numberZh = new Intl.NumberFormat('zh-CN');

export const MESSAGES_EN: MessageTexts = {
  regenerate: 'Regenerate',
  edit: 'Edit',
  editLabel: 'Edit your message',
  saveEdit: 'Send',
  cancelEdit: 'Cancel',
  forkHere: 'Continue in a copy',
  previousQuestion: 'Previous version',
  nextQuestion: 'Next version',
  previousAnswer: 'Previous answer',
  nextAnswer: 'Next answer',
  versionOf: (index, count) => `${index} / ${count}`,
  dropped: (count) =>
    count === 1
      ? 'The message above is no longer sent to the model'
      : `The ${numberEn.format(count)} messages above are no longer sent to the model`,
  modelChanged: (from, to) => `Model changed from ${from} to ${to}`,
  replacementRejected: 'No answer was generated. The previous version was restored.',
  dismiss: 'Dismiss',
};

export const MESSAGES_ZH: MessageTexts = {
  regenerate: '重新生成',
  edit: '编辑',
  editLabel: '编辑消息',
  saveEdit: '发送',
  cancelEdit: '取消',
  forkHere: '从此处创建副本并继续',
  previousQuestion: '上一个版本',
  nextQuestion: '下一个版本',
  previousAnswer: '上一个回答',
  nextAnswer: '下一个回答',
  versionOf: (index, count) => `${index} / ${count}`,
  dropped: (count) => `以上 ${numberZh.format(count)} 条消息不再发送给模型`,
  modelChanged: (from, to) => `模型已从 ${from} 切换为 ${to}`,
  replacementRejected: '未能生成回答，已恢复之前的版本。',
  dismiss: '关闭',
};
