// Sentences for failures that readers of the page meet, by code, in both languages. Failures that are not here show the
// server's own words, which are written for those who run it.

type ErrorTexts = Readonly<Record<string, string>>;

export const ERRORS_EN: ErrorTexts = {
  conversation_busy: 'An answer is still being written. Wait until it is finished, or stop it.',
  not_found: 'This conversation no longer exists: it was deleted, here or in another tab.',
  no_chat_template:
    'This model cannot chat: it has no chat template and only completes text. Programs can use it over the API (POST /v1/completions).',
  busy: 'The server is too busy right now. Try again in a moment.',
  shutting_down: 'The server is shutting down.',
  model_loading: 'The model is still loading. Try again in a moment.',
  model_unloaded: 'This model is not loaded. Choose another one in the settings.',
  storage_busy: 'The server cannot store anything right now. Try again in a moment.',
  storage_unavailable: 'The server cannot reach its database. Try again in a moment.',
  disk_full: 'The server’s disk is full.',
  quota_exceeded: 'You have reached the limit for stored conversations. Delete some to go on.',
  body_too_large: 'This is too large for the server to accept.',
  unauthorized: 'The server did not accept the key.',
  unreachable: 'The server did not answer. Try again when the connection is back.',
};

export const ERRORS_ZH: ErrorTexts = {
  conversation_busy: '上一个回答还没有结束。请等待，或先停止它。',
  not_found: '这个对话已不存在：它在这里或另一个标签页中被删除了。',
  no_chat_template:
    '这个模型没有对话模板，不能聊天，只能续写文本。程序可以通过 API（POST /v1/completions）使用它。',
  busy: '服务器现在太忙，请稍后再试。',
  shutting_down: '服务器正在关闭。',
  model_loading: '模型还在加载，请稍后再试。',
  model_unloaded: '这个模型没有加载，请在设置中换一个。',
  storage_busy: '服务器暂时无法保存，请稍后再试。',
  storage_unavailable: '服务器连不上数据库，请稍后再试。',
  disk_full: '服务器的磁盘已满。',
  quota_exceeded: '保存的对话已达上限，请先删除一些。',
  body_too_large: '内容太大，服务器无法接收。',
  unauthorized: '服务器不接受这个密钥。',
  unreachable: '服务器没有响应，请在连接恢复后重试。',
  bad_message: '服务器不接受这条消息。',
  internal: '服务器内部出错。',
  backend_failed: '计算后端出错。',
  out_of_memory: '内存不足。',
};
