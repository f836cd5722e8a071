// The part of a completer that a conversation uses: methods with token ids, so that the next turn can reuse the exact ids of
// the history.

import type { TokenCompleter } from '../completion/completer.ts';

export type ConversationCompleter = Pick<
  TokenCompleter,
  'contextLength' | 'identity' | 'encodeChat' | 'decodeRaw' | 'completeTokens'
>;
