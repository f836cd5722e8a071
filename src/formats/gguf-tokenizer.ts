// Tokenizer data from the `tokenizer.*` keys of a GGUF. Where a key is absent the defaults are llama.cpp's,
// because the files were written for it.

import { QuireError } from '../base/errors.ts';
import type { TokenizerVocabulary } from '../base/tokenizer-data.ts';
import type { GgufMetadata, GgufValue } from './gguf-types.ts';

// Converters often name one end token where a chat model uses two. As llama.cpp does, control tokens of
// these names end an answer whatever the metadata says.
const END_OF_TURN: ReadonlySet<string> = new Set([
  '<|im_end|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|end_of_text|>',
  '<|endoftext|>',
  '<|end|>',
  '<end_of_turn>',
]);
const CONTROL = 3;

/** Throws `bad_tokenizer` when the vocabulary is absent or its arrays do not fit each other. */
export function readGgufTokenizer(source: string, metadata: GgufMetadata): TokenizerVocabulary {
  const get = (key: string): GgufValue | undefined => metadata.get(`tokenizer.ggml.${key}`);
  const model = get('model');
  const tokens = get('tokens');
  if (typeof model !== 'string') throw badTokenizer(source, 'tokenizer.ggml.model is absent');
  if (!isStrings(tokens) || tokens.length === 0)
    throw badTokenizer(source, 'tokenizer.ggml.tokens is absent');
  const sentencePiece = model === 'llama';
  const id = (key: string, otherwise?: number) => readId(source, get(key), key, tokens.length, otherwise);
  const bosId = id('bos_token_id', sentencePiece ? 1 : undefined);
  const eosId = id('eos_token_id', sentencePiece ? 2 : undefined);
  const unknownId = id('unknown_token_id', sentencePiece ? 0 : undefined);
  const tokenTypes = readTokenTypes(source, get('token_type'), tokens.length, [bosId, eosId]);
  const pre = get('pre');
  const chatTemplate = metadata.get('tokenizer.chat_template');
  return {
    kind: 'vocabulary',
    model,
    pre: typeof pre === 'string' ? pre : undefined,
    tokens,
    tokenTypes,
    scores: readScores(source, get('scores'), tokens.length),
    merges: readMerges(source, get('merges')),
    addSpacePrefix: readFlag(source, get('add_space_prefix'), 'add_space_prefix', sentencePiece),
    addBos: readFlag(source, get('add_bos_token'), 'add_bos_token', sentencePiece) && bosId !== undefined,
    eosIds: endIds([eosId, id('eot_token_id'), id('eom_token_id')], tokens, tokenTypes),
    ...(bosId === undefined ? {} : { bosId }),
    ...(unknownId === undefined ? {} : { unknownId }),
    ...(typeof chatTemplate === 'string' ? { chatTemplate } : {}),
  };
}

const isStrings = (value: GgufValue | undefined): value is readonly string[] =>
  Array.isArray(value) && (value.length === 0 || typeof value[0] === 'string');

function readId(
  source: string,
  value: GgufValue | undefined,
  key: string,
  count: number,
  otherwise: number | undefined,
): number | undefined {
  if (value === undefined) return otherwise;
  // Some converters write -1 or 2^32 - 1 for "none".
  if (value === -1 || value === 0xffffffff) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < count) return value;
  throw badTokenizer(source, `tokenizer.ggml.${key} is ${String(value)}, the vocabulary has ${count} tokens`);
}

function readFlag(source: string, value: GgufValue | undefined, key: string, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value === 'boolean') return value;
  throw badTokenizer(source, `tokenizer.ggml.${key} is not true or false`);
}

// Old files lack the types: then all tokens are normal but those that begin and end a text.
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
  const types = numbers(value);
  if (types?.length !== count)
    throw badTokenizer(source, `tokenizer.ggml.token_type is not ${count} numbers`);
  return Int32Array.from(types);
}

function readScores(source: string, value: GgufValue | undefined, count: number): Float32Array | undefined {
  if (value === undefined) return undefined;
  const scores = numbers(value);
  if (scores?.length !== count) throw badTokenizer(source, `tokenizer.ggml.scores is not ${count} numbers`);
  return Float32Array.from(scores);
}

function readMerges(source: string, value: GgufValue | undefined): readonly string[] | undefined {
  if (value === undefined || isStrings(value)) return value;
  throw badTokenizer(source, 'tokenizer.ggml.merges is not a list of strings');
}

const numbers = (value: GgufValue): ArrayLike<number> | undefined =>
  value instanceof Int32Array || value instanceof Float32Array || value instanceof Float64Array
    ? value
    : undefined;

function endIds(
  named: readonly (number | undefined)[],
  tokens: readonly string[],
  types: Int32Array,
): readonly number[] {
  const ids = new Set(named.filter((id) => id !== undefined));
  tokens.forEach((token, id) => {
    if (types[id] === CONTROL && END_OF_TURN.has(token)) ids.add(id);
  });
  return [...ids];
}

function badTokenizer(source: string, what: string): QuireError {
  return new QuireError('bad_tokenizer', `${source}: ${what}`, 'convert the model again with its tokenizer');
}
