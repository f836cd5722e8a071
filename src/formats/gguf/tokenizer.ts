// Reads tokenizer data from the `tokenizer.*` keys of a GGUF. Absent keys have the defaults of llama.cpp, for which
// converters write the files.

import { QuireError } from '../../base/errors.ts';
import { TOKEN_TYPE } from '../../base/model/token-type.ts';
import type { TokenizerVocabulary, TokenStrip } from '../../base/model/tokenizer-data.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import { readGgufTemplates } from '../chat-template-data.ts';
import { findEndTokens } from '../tokenizer-end-tokens.ts';
import type { GgufMetadata, GgufValue } from './types.ts';

const { control: CONTROL, userDefined: USER_DEFINED } = TOKEN_TYPE;

// Pre-tokenizers of models whose prompts begin with BOS if the file does not specify it.
const ADD_BOS: ReadonlySet<string> = new Set([
  ...[
    'llama3',
    'llama-v3',
    'llama-bpe',
    'falcon3',
    'falcon-h1',
    'pixtral',
    'midm-2.0',
    'lfm2',
    'jina-v5-nano',
  ],
  ...['tekken', 'chameleon'],
]);
// Models whose prompts begin with BOS even if the file states the opposite, because early files are wrong.
const ALWAYS_BOS: ReadonlySet<string> = new Set(['gemma4', 'granite-embed-multi-311m']);

/** Returns the tokenizer data. Throws `bad_tokenizer` if the vocabulary is absent or its arrays are inconsistent. */
export function readGgufTokenizer(source: string, metadata: GgufMetadata): TokenizerVocabulary {
  const get = (key: string): GgufValue | undefined => metadata.get(`tokenizer.ggml.${key}`);
  const model = get('model');
  const tokens = get('tokens');
  if (typeof model !== 'string') throw badTokenizer(source, 'tokenizer.ggml.model is absent');
  if (!isStringArray(tokens) || tokens.length === 0)
    throw badTokenizer(source, 'tokenizer.ggml.tokens is absent');
  const isSentencePiece = model === 'llama';
  const id = (key: string, fallback?: number) => readId(source, get(key), key, tokens.length, fallback);
  const bosId = id('bos_token_id', isSentencePiece ? 1 : undefined);
  const eosId = id('eos_token_id', isSentencePiece ? 2 : undefined);
  const unknownId = id('unknown_token_id', isSentencePiece ? 0 : undefined);
  const types = readTokenTypes(source, get('token_type'), tokens.length, [bosId, eosId]);
  const endTokens = findEndTokens(tokens, types, {
    answer: [eosId, id('eot_token_id'), id('eom_token_id')],
    pad: id('fim_pad_token_id'),
    repository: id('fim_rep_token_id'),
    file: id('fim_sep_token_id'),
  });
  const pre = model === 'gemma4' ? model : stringOrUndefined(get('pre'));
  const addBos = readFlag(
    source,
    get('add_bos_token'),
    'add_bos_token',
    isSentencePiece || ADD_BOS.has(pre ?? ''),
  );
  const addEos = readFlag(source, get('add_eos_token'), 'add_eos_token', false);
  const textEndId = addEos ? eosId : undefined;
  const strips = readStrips(
    stringOrUndefined(metadata.get('general.name')) ?? '',
    tokens,
    endTokens.tokenTypes,
  );
  return {
    kind: 'vocabulary',
    model,
    pre,
    tokens,
    ...endTokens,
    scores: readScores(source, get('scores'), tokens.length),
    merges: readMerges(source, get('merges')),
    addSpacePrefix: readFlag(source, get('add_space_prefix'), 'add_space_prefix', isSentencePiece),
    addBos: (addBos || ALWAYS_BOS.has(pre ?? '')) && bosId !== undefined,
    ...omitUndefined({ bosId, unknownId, strips, textEndId }),
    ...readGgufTemplates(metadata),
  };
}

const stringOrUndefined = (value: GgufValue | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

const isStringArray = (value: GgufValue | undefined): value is readonly string[] =>
  Array.isArray(value) && (value.length === 0 || typeof value[0] === 'string');

function readId(
  source: string,
  value: GgufValue | undefined,
  key: string,
  count: number,
  fallback: number | undefined,
): number | undefined {
  if (value === undefined) return fallback !== undefined && fallback < count ? fallback : undefined;
  // Some converters write -1 or 2^32 - 1 for "none".
  if (value === -1 || value === 0xffffffff) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < count) return value;
  throw badTokenizer(
    source,
    `tokenizer.ggml.${key} is ${String(value)}, but the vocabulary has ${count} tokens`,
  );
}

function readFlag(source: string, value: GgufValue | undefined, key: string, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  throw badTokenizer(source, `tokenizer.ggml.${key} is not true or false`);
}

// Old files have no types. Their BOS and EOS are control tokens, and all other tokens are normal.
function readTokenTypes(
  source: string,
  value: GgufValue | undefined,
  count: number,
  control: readonly (number | undefined)[],
): Int32Array {
  if (value === undefined) {
    const types = new Int32Array(count).fill(1);
    for (const id of control) if (id !== undefined) types[id] = CONTROL;
    return types;
  }
  const types = numberArray(value);
  if (types?.length !== count)
    throw badTokenizer(source, `tokenizer.ggml.token_type is not ${count} numbers`);
  return Int32Array.from(types);
}

function readScores(source: string, value: GgufValue | undefined, count: number): Float32Array | undefined {
  if (value === undefined) return undefined;
  const scores = numberArray(value);
  if (scores?.length !== count) throw badTokenizer(source, `tokenizer.ggml.scores is not ${count} numbers`);
  return Float32Array.from(scores);
}

function readMerges(source: string, value: GgufValue | undefined): readonly string[] | undefined {
  if (value === undefined || isStringArray(value)) return value;
  throw badTokenizer(source, 'tokenizer.ggml.merges is not a list of strings');
}

const numberArray = (value: GgufValue): ArrayLike<number> | undefined =>
  value instanceof Int32Array || value instanceof Float32Array || value instanceof Float64Array
    ? value
    : undefined;

// GGUF files do not state which tokens strip the white space after them. In Phi-3, all tokens of the chat template do,
// so that the line break after <|user|> is not part of the message.
function readStrips(
  modelName: string,
  tokens: readonly string[],
  types: Int32Array,
): ReadonlyMap<number, TokenStrip> | undefined {
  if (!/phi-?3/i.test(modelName)) return undefined;
  const strips = new Map<number, TokenStrip>();
  tokens.forEach((token, id) => {
    const stripsAfter = types[id] === CONTROL || types[id] === USER_DEFINED || token === '</s>';
    if (stripsAfter && token !== '<s>' && token !== '<|endoftext|>')
      strips.set(id, { left: false, right: true });
  });
  return strips;
}

function badTokenizer(source: string, message: string): QuireError {
  return new QuireError(
    'bad_tokenizer',
    `${source}: ${message}`,
    'convert the model again with its tokenizer',
  );
}
