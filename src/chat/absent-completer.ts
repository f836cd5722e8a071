// The completer of a conversation whose model is not there: what was said can be read, and a turn fails with the reason.

import { failedStream } from '../completion/failed-stream.ts';
import type { ConversationCompleter } from './conversation-completer.ts';

export const absentCompleter = (reason: unknown): ConversationCompleter => absentSince(() => reason);

/** @param reason gives it anew each time */
export const absentSince = (reason: () => unknown): ConversationCompleter => ({
  contextLength: 0, // nobody knows it
  encodeChat: () => Promise.reject(reason()),
  decodeRaw: () => {
    throw reason();
  },
  completeTokens: () => failedStream(reason()),
});
