// Creates a byte-level vocabulary without merges that contains the control tokens of a model, to test which control
// tokens a text is encoded to.

import { BYTE_CHARACTERS } from '../../../src/base/model/byte-characters.ts';
import { TOKEN_TYPE } from '../../../src/base/model/token-type.ts';
import type { TokenizerVocabulary } from '../../../src/base/model/tokenizer-data.ts';

const { normal: NORMAL, control: CONTROL, userDefined: USER_DEFINED } = TOKEN_TYPE;

export interface ControlTokens {
  readonly bos: string;
  readonly eos: string;
  readonly pad?: string;
  readonly unk?: string;
  readonly special: readonly string[];
  /** tokens that are added but not marked as special */
  readonly added?: readonly string[];
}

export function controlVocabulary({ bos, eos, special, added = [] }: ControlTokens): TokenizerVocabulary {
  const tokens = [...BYTE_CHARACTERS, ...special, ...added];
  const types = tokens.map((_, id) => {
    if (id < BYTE_CHARACTERS.length) return NORMAL;
    return id < BYTE_CHARACTERS.length + special.length ? CONTROL : USER_DEFINED;
  });
  return {
    kind: 'vocabulary',
    model: 'gpt2',
    pre: 'gpt-2',
    tokens,
    tokenTypes: Int32Array.from(types),
    scores: undefined,
    merges: [],
    addSpacePrefix: false,
    bosId: tokens.indexOf(bos),
    eosIds: [tokens.indexOf(eos)],
    addBos: false,
  };
}
