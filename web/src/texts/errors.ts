// Messages for the errors that users of the page may get, by error code, in both languages. For other codes the page shows the
// message of the server, which is written for its operators.

type ErrorTexts = Readonly<Record<string, string>>;

export const ERRORS_EN: ErrorTexts = {
  conversation_busy: 'An answer is still being generated. Wait until it is finished, or stop it.',
  not_found: 'This conversation no longer exists. It was deleted here or in another tab.',
  no_chat_template:
    'This model has no chat template, so it cannot chat. It only completes text, over the API (POST /v1/completions).',
  busy: 'The server is too busy right now. Try again in a moment.',
  shutting_down: 'The server is shutting down.',
  model_loading: 'The model is still loading. Try again in a moment.',
  model_unloaded: 'This model is not loaded. Choose another model in the settings.',
  storage_busy: 'The server cannot save data right now. Try again in a moment.',
  storage_unavailable: 'The server cannot reach its database. Try again in a moment.',
  disk_full: 'The server’s disk is full.',
  quota_exceeded:
    'You have reached the limit for stored conversations. Delete some conversations, then try again.',
  body_too_large: 'This is too large for the server to accept.',
  unauthorized: 'The server rejected the API key.',
  unreachable: 'The server did not respond. Try again when the connection is back.',
};

export const ERRORS_ZH: ErrorTexts = {
  conversation_busy: '上一个回答还在生成。请等它完成，或先停止生成。',
  not_found: '这个对话已不存在，可能已在这里或其他标签页中被删除。',
  no_chat_template: '这个模型没有对话模板，无法聊天，只能通过 API（POST /v1/completions）续写文本。',
  busy: '服务器繁忙，请稍后重试。',
  shutting_down: '服务器正在关闭。',
  model_loading: '模型仍在加载，请稍后重试。',
  model_unloaded: '这个模型未加载，请在设置中选择其他模型。',
  storage_busy: '服务器暂时无法保存数据，请稍后重试。',
  storage_unavailable: '服务器无法连接数据库，请稍后重试。',
  disk_full: '服务器磁盘已满。',
  quota_exceeded: '保存的对话数量已达上限，请删除一些对话后重试。',
  body_too_large: '内容过大，服务器无法接收。',
  unauthorized: 'API 密钥无效，服务器已拒绝。',
  unreachable: '服务器没有响应，请在连接恢复后重试。',
  bad_message: '服务器无法处理这条消息。',
  internal: '服务器内部错误。',
  backend_failed: '计算后端出错。',
  out_of_memory: '内存不足。',
};
