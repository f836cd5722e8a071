// The completer of a conversation whose model is unavailable: its messages can be read, and a turn fails with the reason.

import { failedStream } from '../completion/failed-stream.ts';
import type { ConversationCompleter } from './conversation-completer.ts';

export const absentCompleter = (reason: unknown): ConversationCompleter => absentSince(() => reason);

/** @param reason returns the error of each call */
export const absentSince = (reason: () => unknown): ConversationCompleter => ({
  contextLength: 0, // unknown
  encodeChat: () => Promise.reject(reason()),
  decodeRaw: () => {
    throw reason();
  },
  completeTokens: () => failedStream(reason()),
});
