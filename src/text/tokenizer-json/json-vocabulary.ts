// A vocabulary from a tokenizer.json of Hugging Face: BPE over bytes, or over characters with byte fallback. The
// post-processor is not read here: formats/ derives `addBos` from it.

import type { JsonObject, JsonValue, TokenizerFiles } from '../../base/model/tokenizer-data.ts';
import { finish, type Steps } from '../../base/steps.ts';
import { createWordSplitter } from '../bpe/bpe.ts';
import { createWordEncoder, type WordEncoding } from '../bpe/word-encoder.ts';
import { createWholeTokenEncoder } from '../special-tokens/whole-tokens.ts';
import { hasTokenForEveryByte, hasTokenForEveryMerge, maxTokenLength } from '../vocabulary/longest-token.ts';
import {
  hasControlTokenForm,
  type TextPlace,
  type Vocabulary,
  type WholeToken,
} from '../vocabulary/vocabulary.ts';
import { createMergeRank } from '../vocabulary/vocabulary-arrays.ts';
import {
  badDefinitionError,
  booleanOr,
  isObject,
  objectList,
  typeName,
  unsupportedError,
} from './json-access.ts';
import { createPieceDecoder } from './json-decoder.ts';
import { createNormalizer, isIdentityNormalizer, type Normalize } from './json-normalizer.ts';
import { createPreTokenizer } from './json-pre-tokenizer.ts';

/**
 * Creates the vocabulary of a tokenizer.json. Throws `unsupported_tokenizer` for unknown components, `bad_tokenizer` for an
 * invalid definition.
 */
export function createJsonVocabulary(data: TokenizerFiles): Vocabulary {
  const { definition } = data;
  const model = readModel(definition);
  const encoding = createWordEncoding(model);
  const { special, added, normalized } = readAddedTokens(data);
  const pieces: (string | undefined)[] = [];
  for (const [piece, id] of model.ids) pieces[id] = piece;
  for (const [piece, { id }] of [...special, ...added, ...normalized]) pieces[id] = piece;
  if (pieces.length > model.ids.size + special.size + added.size + normalized.size + MAX_ID_GAP)
    throw badDefinitionError(`the id ${pieces.length - 1} is far above the number of tokens`);
  // Plain text must not produce a special token, even if the model's vocabulary also lists that token.
  for (const piece of special.keys()) model.ids.delete(piece);
  const decoder = createPieceDecoder(definition);
  const isAddedToken = (piece: string): boolean => added.has(piece) || normalized.has(piece);
  return {
    pieces: Array.from(pieces),
    special,
    added,
    leadingSpace: decoder.leadingSpace,
    ...maxTokenLength({ pieces, special, added }, isLossless(definition, model)),
    encode: createEncode(definition, encoding, normalized),
    bytes: (id) => decoder.bytes(pieces[id] ?? '', isAddedToken(pieces[id] ?? '')),
  };
}

// Added tokens with the flag `normalized` are themselves normalized, and matched in the normalized text: if the
// normalizer adds U+2581 before a text, `<tool>` is matched only after a space.
function createEncode(
  definition: JsonObject,
  encoding: WordEncoding,
  tokens: ReadonlyMap<string, WholeToken>,
): Vocabulary['encode'] {
  const normalize = createNormalizer(definition.normalizer);
  const preTokenize = createPreTokenizer(definition.pre_tokenizer);
  const encodeWords = createWordEncoder(encoding);
  const encodeWholeTokens = createWholeTokenEncoder(normalizeTokens(tokens, normalize));
  const encodePart = (text: string, place: TextPlace, ids: number[]): Steps<void> =>
    encodeWords(preTokenize(text, place), ids);
  return function* (text, place, ids) {
    yield* encodeWholeTokens(yield* normalize(text, place), place, ids, encodePart);
  };
}

function normalizeTokens(
  tokens: ReadonlyMap<string, WholeToken>,
  normalize: Normalize,
): ReadonlyMap<string, WholeToken> {
  return new Map([...tokens].map(([piece, token]) => [finish(normalize(piece, 'start')), token]));
}

interface BpeModel {
  readonly ids: Map<string, number>;
  readonly merges: readonly string[];
  readonly unknownToken: string | undefined;
  readonly byteFallback: boolean;
  readonly fuseUnknown: boolean;
  /** whether a word that is a token is encoded without merges */
  readonly ignoreMerges: boolean;
}

function readModel(definition: JsonObject): BpeModel {
  const { model } = definition;
  if (!isObject(model)) throw badDefinitionError('it has no model');
  if (model.type !== undefined && model.type !== 'BPE') throw unsupportedError(`model ${typeName(model)}`);
  // Old files lack the type; a vocabulary that is a list (of pieces with scores) belongs to a Unigram model.
  if (Array.isArray(model.vocab)) throw unsupportedError('model Unigram');
  if (!isObject(model.vocab)) throw badDefinitionError('its model has no vocabulary');
  for (const key of ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix']) {
    if (model[key]) throw unsupportedError(`${key} = ${JSON.stringify(model[key])}`);
  }
  const ids = readIds(model.vocab);
  return {
    ids,
    merges: readMerges(model.merges, ids),
    unknownToken: typeof model.unk_token === 'string' ? model.unk_token : undefined,
    byteFallback: booleanOr(model.byte_fallback, false),
    fuseUnknown: booleanOr(model.fuse_unk, false),
    ignoreMerges: booleanOr(model.ignore_merges, false),
  };
}

// Limits above those of any real vocabulary, so that a hostile id cannot allocate a huge array.
const MAX_ID = 2 ** 24;
const MAX_ID_GAP = 65_536;

function readId(id: JsonValue | undefined, piece: string): number {
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < MAX_ID) return id;
  throw badDefinitionError(`token ${JSON.stringify(piece)} has the id ${JSON.stringify(id)}`);
}

function readIds(vocab: JsonObject): Map<string, number> {
  return new Map(Object.entries(vocab).map(([piece, id]) => [piece, readId(id, piece)]));
}

// A pair is "left right" or ["left", "right"]. A list of strings may start with a version line.
function readMerges(merges: JsonValue | undefined, ids: ReadonlyMap<string, number>): string[] {
  if (!Array.isArray(merges)) throw badDefinitionError('its model has no merges');
  const isVersion = (merge: JsonValue): boolean => typeof merge === 'string' && merge.startsWith('#version');
  const pairs = merges.filter((merge) => !isVersion(merge)).map((merge) => readMerge(merge, ids));
  // The last occurrence of a repeated pair determines its rank.
  return [...new Set(pairs.reverse())].reverse();
}

// The result of a merge must be a token, otherwise merged text would be lost.
function readMerge(merge: JsonValue, ids: ReadonlyMap<string, number>): string {
  const pair = typeof merge === 'string' ? merge.split(' ') : merge;
  if (!Array.isArray(pair) || pair.length !== 2) throw badDefinitionError('a merge is not a pair');
  const [left, right] = pair;
  if (typeof left !== 'string' || typeof right !== 'string')
    throw badDefinitionError('a merge is not a pair');
  if (left.includes(' ') || right.includes(' '))
    throw unsupportedError('a merge of pieces that contain spaces');
  for (const piece of [left, right, left + right])
    if (!ids.has(piece))
      throw badDefinitionError(
        `a merge contains ${JSON.stringify(piece).slice(0, 80)}, which is not a token`,
      );
  return `${left} ${right}`;
}

interface WholeTokens {
  readonly special: ReadonlyMap<string, WholeToken>;
  /** matched in the original text */
  readonly added: ReadonlyMap<string, WholeToken>;
  /** matched in the normalized text, if normalization changes texts */
  readonly normalized: ReadonlyMap<string, WholeToken>;
}

function readAddedTokens(data: TokenizerFiles): WholeTokens {
  const special = new Map<string, WholeToken>();
  const addedTokens = new Map<string, WholeToken>();
  const normalized = new Map<string, WholeToken>();
  const isIdentity = isIdentityNormalizer(data.definition.normalizer);
  // BOS and EOS tokens are special regardless of their flag.
  const specialIds = new Set([data.bosId, ...data.eosIds]);
  for (const token of objectList(data.definition.added_tokens)) {
    const content = typeof token.content === 'string' ? token.content : '';
    const id = readId(token.id, content);
    if (booleanOr(token.single_word, false))
      throw unsupportedError(`added token ${content} with single_word`);
    const wholeToken = {
      id,
      stripLeft: booleanOr(token.lstrip, false),
      stripRight: booleanOr(token.rstrip, false),
    };
    // Tokens that look like control tokens are matched in the original text regardless of the flag `normalized`, because
    // templates write them.
    if (booleanOr(token.special, false) || specialIds.has(id)) special.set(content, wholeToken);
    else
      (booleanOr(token.normalized, true) && !isIdentity && !hasControlTokenForm(content)
        ? normalized
        : addedTokens
      ).set(content, wholeToken);
  }
  return { special, added: addedTokens, normalized };
}

function createWordEncoding(model: BpeModel): WordEncoding {
  // Looked up here, because createJsonVocabulary later removes special tokens, such as the unknown token, from
  // `model.ids`.
  const unknownId = model.unknownToken === undefined ? undefined : model.ids.get(model.unknownToken);
  const encoder = new TextEncoder();
  const byteIds = (piece: string): number[] | undefined => {
    if (!model.byteFallback) return undefined;
    const ids = Array.from(encoder.encode(piece), (byte) => model.ids.get(byteToken(byte)));
    return ids.every((id) => id !== undefined) ? ids : undefined;
  };
  return {
    splitter: createWordSplitter(createMergeRank(model.merges)),
    ...(unknownId === undefined && !model.byteFallback
      ? { convertWord: dropUnknownCharacters(model.ids) }
      : {}),
    wordId: (_convertedWord, word) => (model.ignoreMerges ? model.ids.get(word) : undefined),
    append(piece, ids) {
      const id = model.ids.get(piece);
      const pieceIds = id === undefined ? byteIds(piece) : [id];
      if (pieceIds !== undefined) ids.push(...pieceIds);
      else if (unknownId !== undefined && !(model.fuseUnknown && ids.at(-1) === unknownId))
        ids.push(unknownId);
    },
  };
}

/** Removes characters without a token, so that the characters next to them may merge. */
function dropUnknownCharacters(ids: ReadonlyMap<string, number>): (word: string) => string {
  const isKnown = new Uint8Array(0x1_0000);
  for (const piece of ids.keys()) if (piece.length === 1) isKnown[piece.charCodeAt(0)] = 1;
  return (word) => {
    let at = 0;
    while (at < word.length && isKnown[word.charCodeAt(at)] === 1) at++;
    if (at === word.length) return word;
    return Array.from(word, (character) => (ids.has(character) ? character : '')).join('');
  };
}

// Returns whether all text becomes tokens: normalization and pre-tokenization remove none, and every character has a
// token.
function isLossless({ normalizer, pre_tokenizer: preTokenizer }: JsonObject, model: BpeModel): boolean {
  if (
    !isIdentityNormalizer(normalizer) ||
    !isObject(preTokenizer) ||
    !hasTokenForEveryMerge(model.merges, model.ids)
  )
    return false;
  const steps = preTokenizer.type === 'Sequence' ? objectList(preTokenizer.pretokenizers) : [preTokenizer];
  const keepsAll = steps
    .slice(0, -1)
    .every(({ type, behavior }) => type === 'Digits' || behavior === 'Isolated');
  return keepsAll && steps.at(-1)?.type === 'ByteLevel' && hasTokenForEveryByte(model.ids);
}

const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
