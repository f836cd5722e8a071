// Texts of the sidebar and of the states of a conversation, in both languages.

export interface SidebarTexts {
  readonly title: string;
  readonly show: string;
  readonly hide: string;
  readonly search: string;
  readonly clearSearch: string;
  readonly empty: string;
  nothingFound(search: string): string;
  readonly listFailed: string;
  readonly retry: string;
  readonly more: string;
  readonly loading: string;
  readonly untitled: string;
  readonly running: string;
  actionsFor(title: string): string;
  readonly rename: string;
  readonly renameLabel: string;
  readonly duplicate: string;
  readonly exportMarkdown: string;
  readonly exportJson: string;
  readonly remove: string;
  readonly confirmRemove: string;
  readonly cancelRemove: string;
  readonly today: string;
  readonly yesterday: string;
  readonly week: string;
  readonly earlier: string;
  readonly loadingConversation: string;
  readonly missing: string;
  readonly conversationFailed: string;
  readonly deletedElsewhere: string;
  readonly import: string;
  importing(importedFiles: number, count: number): string;
  imported(count: number): string;
  importFailed(file: string): string;
  readonly notJson: string;
}

export const SIDEBAR_EN: SidebarTexts = {
  title: 'Conversations',
  show: 'Show conversations',
  hide: 'Hide conversations',
  search: 'Search conversations',
  clearSearch: 'Clear search',
  empty: 'Your conversations will appear here.',
  nothingFound: (search) => `No conversations match “${search}”.`,
  listFailed: 'The list could not be loaded.',
  retry: 'Try again',
  more: 'Show more',
  loading: 'Loading…',
  untitled: 'Untitled',
  running: 'Generating an answer',
  actionsFor: (title) => `More actions for “${title}”`,
  rename: 'Rename',
  renameLabel: 'Title',
  duplicate: 'Duplicate',
  exportMarkdown: 'Export as Markdown',
  exportJson: 'Export as JSON',
  remove: 'Delete',
  confirmRemove: 'Delete permanently?',
  cancelRemove: 'Cancel',
  today: 'Today',
  yesterday: 'Yesterday',
  week: 'Previous 7 days',
  earlier: 'Older',
  loadingConversation: 'Loading the conversation…',
  missing: 'This conversation does not exist, or it belongs to another API key.',
  conversationFailed: 'The conversation could not be loaded.',
  deletedElsewhere:
    'This conversation was deleted here or in another tab, so you cannot continue it. You can send your text in a new conversation.',
  import: 'Import conversations',
  importing: (importedFiles, count) => `Importing file ${importedFiles + 1} of ${count}…`,
  imported: (count) => (count === 1 ? 'Imported 1 conversation.' : `Imported ${count} conversations.`),
  importFailed: (file) => `Could not import ${file}:`,
  notJson: 'it is not a JSON file exported from Quire.',
};

export const SIDEBAR_ZH: SidebarTexts = {
  title: '对话列表',
  show: '显示对话列表',
  hide: '隐藏对话列表',
  search: '搜索对话',
  clearSearch: '清除搜索内容',
  empty: '还没有对话。',
  nothingFound: (search) => `没有与“${search}”匹配的对话。`,
  listFailed: '对话列表加载失败。',
  retry: '重试',
  more: '显示更多',
  loading: '正在加载…',
  untitled: '未命名对话',
  running: '正在生成回答',
  actionsFor: (title) => `“${title}”的更多操作`,
  rename: '重命名',
  renameLabel: '标题',
  duplicate: '创建副本',
  exportMarkdown: '导出为 Markdown',
  exportJson: '导出为 JSON',
  remove: '删除',
  confirmRemove: '要永久删除吗？',
  cancelRemove: '取消',
  today: '今天',
  yesterday: '昨天',
  week: '过去 7 天',
  earlier: '更早',
  loadingConversation: '正在加载对话…',
  missing: '这个对话不存在，或属于其他 API 密钥。',
  conversationFailed: '对话加载失败。',
  deletedElsewhere: '这个对话已在这里或其他标签页中被删除，无法继续。输入框中的内容可以在新对话中发送。',
  import: '导入对话',
  importing: (importedFiles, count) => `正在导入第 ${importedFiles + 1} 个文件，共 ${count} 个…`,
  imported: (count) => `已导入 ${count} 个对话。`,
  importFailed: (file) => `未能导入 ${file}：`,
  notJson: '它不是从 Quire 导出的 JSON 文件。',
};
