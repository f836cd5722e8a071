// What can be done with a message, and what is told about it, in both languages.

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
  readonly replaceRefused: string;
  readonly dismiss: string;
}

const numberEn = new Intl.NumberFormat('en');
const numberZh = new Intl.NumberFormat('zh-CN');

export const MESSAGES_EN: MessageTexts = {
  regenerate: 'Answer again',
  edit: 'Edit',
  editLabel: 'Edit your message',
  saveEdit: 'Send again',
  cancelEdit: 'Cancel',
  forkHere: 'Go on from here in a copy',
  previousQuestion: 'Previous version',
  nextQuestion: 'Next version',
  previousAnswer: 'Previous answer',
  nextAnswer: 'Next answer',
  versionOf: (index, count) => `${index} / ${count}`,
  dropped: (count) =>
    count === 1
      ? '1 earlier message is no longer seen by the model'
      : `${numberEn.format(count)} earlier messages are no longer seen by the model`,
  modelChanged: (from, to) => `The model changed from ${from} to ${to}`,
  replaceRefused: 'That was not answered; what stood here before is back.',
  dismiss: 'Dismiss',
};

export const MESSAGES_ZH: MessageTexts = {
  regenerate: '重新回答',
  edit: '编辑',
  editLabel: '编辑你的消息',
  saveEdit: '重新发送',
  cancelEdit: '取消',
  forkHere: '从这里另开一份继续',
  previousQuestion: '上一个版本',
  nextQuestion: '下一个版本',
  previousAnswer: '上一个回答',
  nextAnswer: '下一个回答',
  versionOf: (index, count) => `${index} / ${count}`,
  dropped: (count) => `模型已看不到更早的 ${numberZh.format(count)} 条消息`,
  modelChanged: (from, to) => `模型由 ${from} 换成了 ${to}`,
  replaceRefused: '没有得到回答，已恢复原来的内容。',
  dismiss: '关闭',
};
