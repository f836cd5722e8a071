// Text to token ids and back. What the kinds of vocabulary share is here: special tokens, which arise only
// where the caller asks for it, so that "<|im_end|>" typed by a user stays text; BOS; and decoding.

import { QuireError } from '../base/errors.ts';
import type { TokenizerData } from '../base/tokenizer-data.ts';
import { createByteLevelVocabulary } from './byte-level-vocabulary.ts';
import { createLiteralSplitter } from './literal-splitter.ts';
import { createSentencePieceVocabulary } from './sentence-piece-vocabulary.ts';
import { createJsonVocabulary } from './tokenizer-json.ts';
import type { TextPlace, Vocabulary, WholeToken } from './vocabulary.ts';

export interface EncodeOptions {
  /** `parse` turns special strings into their tokens; `plain`, the default, leaves them text */
  readonly special?: 'plain' | 'parse';
  /** a character that stands inside special strings which are not meant: removed after they are parsed */
  readonly guard?: string;
  /** where the text stands; `start` by default */
  readonly place?: TextPlace;
}

export interface Tokenizer {
  /** one more than the largest id */
  readonly vocabSize: number;
  readonly bosId?: number;
  /** any of these ends an answer; the first is the one that a template means */
  readonly eosIds: readonly number[];
  /** a raw prompt starts with `bosId` */
  readonly addBos: boolean;
  /** control tokens by their spelling */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** encoding puts a space before a text, and decoding takes it away */
  readonly leadingSpace: boolean;
  /** Ids of `text`, without BOS. */
  encode(text: string, options?: EncodeOptions): number[];
  /** Ids of a raw prompt: BOS where the model wants it, special strings as plain text. */
  encodePrompt(text: string): number[];
  /** The vocabulary's own spelling; empty for an id that has no token. */
  piece(id: number): string;
  isSpecial(id: number): boolean;
  /** What an id decodes to; nothing for special tokens and for ids without a token. */
  bytes(id: number): Uint8Array;
  /** Text of `ids`; bytes that are not UTF-8 become U+FFFD. */
  decode(ids: readonly number[]): string;
  /** Text of `ids` as it stands in mid-rendering: special tokens spelled out, a leading space kept. */
  decodeRaw(ids: readonly number[]): string;
}

const NO_BYTES = new Uint8Array(0);

/** Throws `unsupported_tokenizer` or `bad_tokenizer`. */
export function createTokenizer(data: TokenizerData): Tokenizer {
  const vocabulary = createVocabulary(data);
  const { pieces, special } = vocabulary;
  const specialTokens = new Map([...special].map(([text, token]) => [text, token.id]));
  const specialIds = new Set(specialTokens.values());
  const encode = createEncode(vocabulary);
  const encoder = new TextEncoder();
  const bytes = (id: number): Uint8Array =>
    specialIds.has(id) || pieces[id] === undefined ? NO_BYTES : vocabulary.bytes(id);
  const rawBytes = (id: number): Uint8Array =>
    specialIds.has(id) ? encoder.encode(pieces[id] ?? '') : bytes(id);
  return {
    vocabSize: pieces.length,
    eosIds: data.eosIds,
    addBos: data.addBos,
    ...(data.bosId === undefined ? {} : { bosId: data.bosId }),
    specialTokens,
    leadingSpace: vocabulary.leadingSpace,
    encode,
    encodePrompt(text) {
      const ids = encode(text);
      if (data.addBos && data.bosId !== undefined) ids.unshift(data.bosId);
      return ids;
    },
    piece: (id) => pieces[id] ?? '',
    isSpecial: (id) => specialIds.has(id),
    bytes,
    decode(ids) {
      const text = decodeUtf8(ids.map(bytes));
      return vocabulary.leadingSpace && text.startsWith(' ') ? text.slice(1) : text;
    },
    decodeRaw: (ids) => decodeUtf8(ids.map(rawBytes)),
  };
}

function createVocabulary(data: TokenizerData): Vocabulary {
  if (data.kind === 'files') return createJsonVocabulary(data);
  if (data.model === 'gpt2') return createByteLevelVocabulary(data);
  if (data.model === 'llama') return createSentencePieceVocabulary(data);
  const what = `tokenizer model ${data.model} is not supported`;
  throw new QuireError('unsupported_tokenizer', what, 'use a model whose tokenizer is gpt2 or llama');
}

function createEncode(vocabulary: Vocabulary): Tokenizer['encode'] {
  const { special, added } = vocabulary;
  const splitSpecial = createLiteralSplitter(special.keys());
  const splitAdded = createLiteralSplitter(added.keys());
  const encodePlain = (text: string, place: TextPlace): number[] =>
    encodeParts(splitAdded(text), added, place, (part, partPlace) => vocabulary.encode(part, partPlace));
  return (text, { special: mode = 'plain', guard, place = 'start' } = {}) => {
    const unguarded = (part: string): string => (guard === undefined ? part : part.replaceAll(guard, ''));
    if (mode === 'plain') return encodePlain(unguarded(text), place);
    return encodeParts(splitSpecial(text), special, place, (part, partPlace) =>
      encodePlain(unguarded(part), partPlace),
    );
  };
}

// Whole tokens by their id, what stands between them by `encode`.
function encodeParts(
  parts: ReturnType<ReturnType<typeof createLiteralSplitter>>,
  tokens: ReadonlyMap<string, WholeToken>,
  start: TextPlace,
  encode: (text: string, place: TextPlace) => number[],
): number[] {
  const ids: number[] = [];
  parts.forEach(({ text, literal }, index) => {
    const token = literal ? tokens.get(text) : undefined;
    if (token !== undefined) {
      ids.push(token.id);
      return;
    }
    const before = index > 0 ? tokens.get(parts[index - 1]?.text ?? '') : undefined;
    const after = tokens.get(parts[index + 1]?.text ?? '');
    const stripped = strip(text, before?.stripRight ?? false, after?.stripLeft ?? false);
    if (stripped !== '') append(ids, encode(stripped, index > 0 ? 'after-token' : start));
  });
  return ids;
}

function strip(text: string, left: boolean, right: boolean): string {
  const rest = left ? text.trimStart() : text;
  return right ? rest.trimEnd() : rest;
}

// A spread of a long list would overflow the stack.
function append(ids: number[], more: readonly number[]): void {
  for (const id of more) ids.push(id);
}

function decodeUtf8(chunks: readonly Uint8Array[]): string {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  // A byte order mark is a character like any other here.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
