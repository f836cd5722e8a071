// The part of a completer that a conversation needs: token ids, so that its messages stay token-exact.

import type { TokenCompleter } from '../completion/completer.ts';

export type ConversationCompleter = Pick<
  TokenCompleter,
  'contextLength' | 'identity' | 'encodeChat' | 'decodeRaw' | 'completeTokens'
>;
