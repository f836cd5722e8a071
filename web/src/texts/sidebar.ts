// What the side bar says, in both languages.

export interface TopicTexts {
  readonly title: string;
  readonly show: string;
  readonly hide: string;
  readonly search: string;
  readonly clearSearch: string;
  readonly none: string;
  nothingFound(search: string): string;
  readonly failed: string;
  readonly retry: string;
  readonly more: string;
  readonly loading: string;
  readonly untitled: string;
  readonly running: string;
  actionsFor(title: string): string;
  readonly rename: string;
  readonly renameLabel: string;
  readonly fork: string;
  readonly exportMarkdown: string;
  readonly exportJson: string;
  readonly remove: string;
  readonly removeQuestion: string;
  readonly keep: string;
  readonly today: string;
  readonly yesterday: string;
  readonly week: string;
  readonly earlier: string;
  readonly loadingConversation: string;
  readonly gone: string;
  readonly unreadable: string;
  readonly deletedElsewhere: string;
  readonly import: string;
  importing(done: number, count: number): string;
  imported(count: number): string;
  importFailed(file: string): string;
  readonly notJson: string;
}

export const TOPICS_EN: TopicTexts = {
  title: 'Conversations',
  show: 'Show conversations',
  hide: 'Hide conversations',
  search: 'Search conversations',
  clearSearch: 'Clear search',
  none: 'What you talk about will be listed here.',
  nothingFound: (search) => `Nothing found for “${search}”.`,
  failed: 'The list could not be read.',
  retry: 'Try again',
  more: 'Show more',
  loading: 'Loading…',
  untitled: 'Untitled',
  running: 'An answer is being written',
  actionsFor: (title) => `More for “${title}”`,
  rename: 'Rename',
  renameLabel: 'Title',
  fork: 'Make a copy',
  exportMarkdown: 'Export as Markdown',
  exportJson: 'Export as JSON',
  remove: 'Delete',
  removeQuestion: 'Delete for good?',
  keep: 'Keep',
  today: 'Today',
  yesterday: 'Yesterday',
  week: 'Last seven days',
  earlier: 'Earlier',
  loadingConversation: 'Reading the conversation…',
  gone: 'This conversation does not exist, or belongs to another key.',
  unreadable: 'The conversation could not be read.',
  deletedElsewhere:
    'This conversation was deleted, here or in another tab, so it cannot go on. What you have written is kept for a new one.',
  import: 'Import conversations',
  importing: (done, count) => `Importing ${done + 1} of ${count}…`,
  imported: (count) => (count === 1 ? '1 conversation imported.' : `${count} conversations imported.`),
  importFailed: (file) => `${file} was not imported:`,
  notJson: 'it is not a file that Quire has exported as JSON.',
};

export const TOPICS_ZH: TopicTexts = {
  title: '对话列表',
  show: '显示对话列表',
  hide: '隐藏对话列表',
  search: '搜索对话',
  clearSearch: '清除搜索',
  none: '你的对话会列在这里。',
  nothingFound: (search) => `没有找到“${search}”。`,
  failed: '无法读取列表。',
  retry: '重试',
  more: '显示更多',
  loading: '正在加载…',
  untitled: '未命名',
  running: '正在写回答',
  actionsFor: (title) => `“${title}”的更多操作`,
  rename: '重命名',
  renameLabel: '标题',
  fork: '复制一份',
  exportMarkdown: '导出为 Markdown',
  exportJson: '导出为 JSON',
  remove: '删除',
  removeQuestion: '永久删除？',
  keep: '保留',
  today: '今天',
  yesterday: '昨天',
  week: '最近七天',
  earlier: '更早',
  loadingConversation: '正在读取对话…',
  gone: '这个对话不存在，或属于另一个密钥。',
  unreadable: '无法读取这个对话。',
  deletedElsewhere: '这个对话已在这里或另一个标签页中被删除，无法继续。你写的内容会保留，可以带到新对话中。',
  import: '导入对话',
  importing: (done, count) => `正在导入第 ${done + 1} 个，共 ${count} 个…`,
  imported: (count) => `已导入 ${count} 个对话。`,
  importFailed: (file) => `未能导入 ${file}：`,
  notJson: '它不是 Quire 导出的 JSON 文件。',
};
