// The completer of a conversation whose model is unavailable. The messages of the conversation can be read, but each turn fails
// with the reason.

import { failedStream } from '../completion/failed-stream.ts';
import type { ConversationCompleter } from './conversation-completer.ts';

export const absentCompleter = (reason: unknown): ConversationCompleter => absentCompleterWith(() => reason);

/** @param createReason returns the error of each call */
export const absentCompleterWith = (createReason: () => unknown): ConversationCompleter => ({
  contextLength: 0, // unknown
  encodeChat: () => Promise.reject(createReason()),
  decodeRaw: () => {
    throw createReason();
  },
  completeTokens: () => failedStream(createReason()),
});
