// Small vocabularies for tests, one of each kind, with the special tokens of a chat model.

import { BYTE_CHARACTERS } from '../../base/model/byte-characters.ts';
import { TOKEN_TYPE } from '../../base/model/token-type.ts';
import type { TokenizerVocabulary } from '../../base/model/tokenizer-data.ts';

const {
  normal: NORMAL,
  unknown: UNKNOWN,
  control: CONTROL,
  userDefined: USER_DEFINED,
  byte: BYTE,
} = TOKEN_TYPE;

/** Byte-level BPE: 256 bytes, then merges, then special tokens. `<|end|>` is EOS; `<tool>` is not special. */
export function byteLevelData(changes: Partial<TokenizerVocabulary> = {}): TokenizerVocabulary {
  const merges = ['h e', 'l l', 'he ll', 'hell o', '\u0120 w', '\u0120w o'];
  const merged = merges.map((merge) => merge.replace(' ', ''));
  const tokens = [...BYTE_CHARACTERS, ...merged, '<|begin|>', '<|start|>', '<|end|>', '<tool>'];
  const bosId = tokens.indexOf('<|begin|>');
  const types: number[] = tokens.map((_, id) => (id < bosId ? NORMAL : CONTROL));
  types[tokens.indexOf('<tool>')] = USER_DEFINED;
  return {
    kind: 'vocabulary',
    model: 'gpt2',
    pre: 'gpt-2',
    tokens,
    tokenTypes: Int32Array.from(types),
    scores: undefined,
    merges,
    addSpacePrefix: false,
    bosId,
    eosIds: [tokens.indexOf('<|end|>')],
    addBos: false,
    ...changes,
  };
}

/** SentencePiece: unknown, BOS, EOS, 256 bytes, then pieces with scores. */
export function sentencePieceData(changes: Partial<TokenizerVocabulary> = {}): TokenizerVocabulary {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  const pieces = ['\u2581', 'a', 'b', 'c', '\u2581a', 'aa', 'ab', 'bc', '\u2581ab', '<', 's', '>', 's>'];
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, ...pieces];
  const types = tokens.map((_, id) => (id === 0 ? UNKNOWN : id < 3 ? CONTROL : id < 259 ? BYTE : NORMAL));
  return {
    kind: 'vocabulary',
    model: 'llama',
    pre: 'default',
    tokens,
    tokenTypes: Int32Array.from(types),
    scores: Float32Array.from(tokens, (_, id) => (id < 259 ? 0 : 259 - id)),
    merges: undefined,
    addSpacePrefix: true,
    bosId: 1,
    eosIds: [2],
    unknownId: 0,
    addBos: true,
    ...changes,
  };
}
