// What a conversation needs of a completer: token ids, so that its messages stay token-exact.

import type { TokenCompleter } from '../completion/completer.ts';

export type ConversationCompleter = Pick<
  TokenCompleter,
  'contextLength' | 'identity' | 'encodeChat' | 'decodeRaw' | 'completeTokens'
>;
