// A vocabulary from a tokenizer.json of Hugging Face: BPE over bytes, or over characters with byte fallback.
// Post-processing is not read here: which prompts begin with BOS was settled when the files were read.

import type { JsonObject, JsonValue, TokenizerFiles } from '../../base/model/tokenizer-data.ts';
import type { Steps } from '../../base/steps.ts';
import { createWordSplitter } from '../bpe/bpe.ts';
import { createWordEncoder, type WordEncoding } from '../bpe/word-encoder.ts';
import { createWholeTokenSplitter } from '../special-tokens/whole-tokens.ts';
import { bytesAreTokens, longestToken, mergesAreTokens } from '../vocabulary/longest-token.ts';
import {
  looksLikeControl,
  type TextPlace,
  type Vocabulary,
  type WholeToken,
} from '../vocabulary/vocabulary.ts';
import { mergeTable } from '../vocabulary/vocabulary-arrays.ts';
import { badDefinition, flag, isObject, objectsIn, typeOf, unsupported } from './json-access.ts';
import { createByteReader } from './json-decoder.ts';
import { createNormalize, type Normalize, normalizeAtOnce, normalizesNothing } from './json-normalizer.ts';
import { createPreTokenize } from './json-pre-tokenizer.ts';

/** Throws `unsupported_tokenizer` for parts that are not known, `bad_tokenizer` for a damaged definition. */
export function createJsonVocabulary(data: TokenizerFiles): Vocabulary {
  const { definition } = data;
  const model = readModel(definition);
  const encoding = createWordEncoding(model);
  const { special, added, normalized } = readAddedTokens(data);
  const pieces: (string | undefined)[] = [];
  for (const [piece, id] of model.ids) pieces[id] = piece;
  for (const [piece, { id }] of [...special, ...added, ...normalized]) pieces[id] = piece;
  if (pieces.length > model.ids.size + special.size + added.size + normalized.size + MAX_GAP)
    throw badDefinition(`the id ${pieces.length - 1} is far beyond its tokens`);
  // A special token's spelling is no word of plain text, even where the model's own list has it.
  for (const piece of special.keys()) model.ids.delete(piece);
  const decoder = createByteReader(definition);
  const isWhole = (piece: string): boolean => added.has(piece) || normalized.has(piece);
  return {
    pieces: Array.from(pieces),
    special,
    added,
    leadingSpace: decoder.leadingSpace,
    ...longestToken({ pieces, special, added }, losesNothing(definition, model)),
    encode: createEncode(definition, encoding, normalized),
    bytes: (id) => decoder.bytes(pieces[id] ?? '', isWhole(pieces[id] ?? '')),
  };
}

// Added tokens that are marked `normalized` are looked for in the normalized text, each as the normalizer
// leaves it: under a normalizer that puts U+2581 before a text, `<tool>` is found where a space stands before it.
function createEncode(
  definition: JsonObject,
  encoding: WordEncoding,
  tokens: ReadonlyMap<string, WholeToken>,
): Vocabulary['encode'] {
  const normalize = createNormalize(definition.normalizer);
  const preTokenize = createPreTokenize(definition.pre_tokenizer);
  const encodeWords = createWordEncoder(encoding);
  const split = createWholeTokenSplitter(normalizeSpellings(tokens, normalize));
  const encodePart = (text: string, place: TextPlace, ids: number[]): Steps<void> =>
    encodeWords(preTokenize(text, place), ids);
  return function* (text, place, ids) {
    yield* split(yield* normalize(text, place), place, ids, encodePart);
  };
}

function normalizeSpellings(
  tokens: ReadonlyMap<string, WholeToken>,
  normalize: Normalize,
): ReadonlyMap<string, WholeToken> {
  return new Map([...tokens].map(([piece, token]) => [normalizeAtOnce(normalize, piece), token]));
}

interface BpeModel {
  readonly ids: Map<string, number>;
  readonly merges: readonly string[];
  readonly unknown: string | undefined;
  readonly byteFallback: boolean;
  readonly fuseUnknown: boolean;
  /** a word that is a token is taken whole */
  readonly ignoreMerges: boolean;
}

function readModel(definition: JsonObject): BpeModel {
  const { model } = definition;
  if (!isObject(model)) throw badDefinition('it has no model');
  if (model.type !== undefined && model.type !== 'BPE') throw unsupported(`model ${typeOf(model)}`);
  // Old files do not name the kind: a list of pieces with their scores is of this one.
  if (Array.isArray(model.vocab)) throw unsupported('model Unigram');
  if (!isObject(model.vocab)) throw badDefinition('its model has no vocabulary');
  for (const key of ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix']) {
    if (model[key]) throw unsupported(`${key} = ${JSON.stringify(model[key])}`);
  }
  const ids = readIds(model.vocab);
  return {
    ids,
    merges: readMerges(model.merges, ids),
    unknown: typeof model.unk_token === 'string' ? model.unk_token : undefined,
    byteFallback: flag(model.byte_fallback, false),
    fuseUnknown: flag(model.fuse_unk, false),
    ignoreMerges: flag(model.ignore_merges, false),
  };
}

// Far above any vocabulary, and above any gap between ids: a hostile id must not make a list of that length.
const MAX_ID = 2 ** 24;
const MAX_GAP = 65_536;

function readId(id: JsonValue | undefined, piece: string): number {
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < MAX_ID) return id;
  throw badDefinition(`token ${JSON.stringify(piece)} has the id ${JSON.stringify(id)}`);
}

function readIds(vocab: JsonObject): Map<string, number> {
  return new Map(Object.entries(vocab).map(([piece, id]) => [piece, readId(id, piece)]));
}

// Pairs are written "left right" or ["left", "right"]; lists of texts may begin with the version of their format.
function readMerges(merges: JsonValue | undefined, ids: ReadonlyMap<string, number>): string[] {
  if (!Array.isArray(merges)) throw badDefinition('its model has no merges');
  const isVersion = (merge: JsonValue): boolean => typeof merge === 'string' && merge.startsWith('#version');
  const pairs = merges.filter((merge) => !isVersion(merge)).map((merge) => readMerge(merge, ids));
  // Of a pair that is there twice the later counts.
  return [...new Set(pairs.reverse())].reverse();
}

// What a merge makes is a token: else a text would lose what is merged.
function readMerge(merge: JsonValue, ids: ReadonlyMap<string, number>): string {
  const pair = typeof merge === 'string' ? merge.split(' ') : merge;
  if (!Array.isArray(pair) || pair.length !== 2) throw badDefinition('a merge is not a pair');
  const [left, right] = pair;
  if (typeof left !== 'string' || typeof right !== 'string') throw badDefinition('a merge is not a pair');
  if (left.includes(' ') || right.includes(' ')) throw unsupported('a merge of pieces that hold spaces');
  for (const piece of [left, right, left + right])
    if (!ids.has(piece))
      throw badDefinition(`a merge has ${JSON.stringify(piece).slice(0, 80)}, which is no token`);
  return `${left} ${right}`;
}

interface WholeTokens {
  readonly special: ReadonlyMap<string, WholeToken>;
  /** looked for in the text as it is given */
  readonly added: ReadonlyMap<string, WholeToken>;
  /** looked for in the normalized text, where that is another */
  readonly normalized: ReadonlyMap<string, WholeToken>;
}

function readAddedTokens(data: TokenizerFiles): WholeTokens {
  const special = new Map<string, WholeToken>();
  const added = new Map<string, WholeToken>();
  const normalized = new Map<string, WholeToken>();
  const sameText = normalizesNothing(data.definition.normalizer);
  // What begins or ends a text is special even where its flag says otherwise.
  const controls = new Set([data.bosId, ...data.eosIds]);
  for (const token of objectsIn(data.definition.added_tokens)) {
    const content = typeof token.content === 'string' ? token.content : '';
    const id = readId(token.id, content);
    if (flag(token.single_word, false)) throw unsupported(`added token ${content} with single_word`);
    const whole = { id, stripLeft: flag(token.lstrip, false), stripRight: flag(token.rstrip, false) };
    // A template's tokens are found as it writes them, even where their flag says otherwise.
    if (flag(token.special, false) || controls.has(id)) special.set(content, whole);
    else
      (flag(token.normalized, true) && !sameText && !looksLikeControl(content) ? normalized : added).set(
        content,
        whole,
      );
  }
  return { special, added, normalized };
}

function createWordEncoding(model: BpeModel): WordEncoding {
  // The unknown token is special, so it is looked up before specials leave the table.
  const unknownId = model.unknown === undefined ? undefined : model.ids.get(model.unknown);
  const encoder = new TextEncoder();
  const byteIds = (piece: string): number[] | undefined => {
    if (!model.byteFallback) return undefined;
    const ids = Array.from(encoder.encode(piece), (byte) => model.ids.get(byteToken(byte)));
    return ids.every((id) => id !== undefined) ? ids : undefined;
  };
  return {
    splitter: createWordSplitter(mergeTable(model.merges)),
    ...(unknownId === undefined && !model.byteFallback ? { spell: knownCharacters(model.ids) } : {}),
    whole: (_spelled, word) => (model.ignoreMerges ? model.ids.get(word) : undefined),
    append(piece, ids) {
      const known = model.ids.get(piece);
      const found = known === undefined ? byteIds(piece) : [known];
      if (found !== undefined) ids.push(...found);
      else if (unknownId !== undefined && !(model.fuseUnknown && ids.at(-1) === unknownId))
        ids.push(unknownId);
    },
  };
}

/** Takes the characters away that are no tokens: where nothing stands for them, their neighbours may merge. */
function knownCharacters(ids: ReadonlyMap<string, number>): (word: string) => string {
  const known = new Uint8Array(0x1_0000);
  for (const piece of ids.keys()) if (piece.length === 1) known[piece.charCodeAt(0)] = 1;
  return (word) => {
    let at = 0;
    while (at < word.length && known[word.charCodeAt(at)] === 1) at++;
    if (at === word.length) return word;
    return Array.from(word, (character) => (ids.has(character) ? character : '')).join('');
  };
}

// Nothing is normalized away, dropped between words, or without a token.
function losesNothing({ normalizer, pre_tokenizer: before }: JsonObject, model: BpeModel): boolean {
  if (!normalizesNothing(normalizer) || !isObject(before) || !mergesAreTokens(model.merges, model.ids))
    return false;
  const steps = before.type === 'Sequence' ? objectsIn(before.pretokenizers) : [before];
  const cuts = steps.slice(0, -1).every(({ type, behavior }) => type === 'Digits' || behavior === 'Isolated');
  return cuts && steps.at(-1)?.type === 'ByteLevel' && bytesAreTokens(model.ids);
}

const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
