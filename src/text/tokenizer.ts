// Text to token ids and back. What the kinds of vocabulary share is here: special tokens, which arise only
// where the caller asks for it, so that "<|im_end|>" typed by a user stays text; BOS; and decoding.

import { QuireError } from '../base/errors.ts';
import type { TokenizerData } from '../base/model/tokenizer-data.ts';
import { finish, finishInSlices, type Steps } from '../base/steps.ts';
import { contextExceeded } from '../completion/context-exceeded.ts';
import { createLiteralFinder, type IsMeant } from './special-tokens/literal-finder.ts';
import { createWholeTokenSplitter } from './special-tokens/whole-tokens.ts';
import { createJsonVocabulary } from './tokenizer-json/json-vocabulary.ts';
import { createByteLevelVocabulary } from './vocabulary/byte-level-vocabulary.ts';
import { createSentencePieceVocabulary } from './vocabulary/sentence-piece-vocabulary.ts';
import { looksLikeControl, type TextPlace, type Vocabulary } from './vocabulary/vocabulary.ts';

export interface EncodeOptions {
  /** `parse` turns special strings into their tokens; `plain`, the default, leaves them text */
  readonly special?: 'plain' | 'parse';
  /** with `parse`, which control strings are meant, the others being text; all when absent */
  readonly isMeant?: IsMeant;
  /** where the text stands; `start` by default */
  readonly place?: TextPlace;
  /** a text that has that many tokens or more is refused (`context_length_exceeded`) as soon as that is known */
  readonly holds?: number | undefined;
  /** leaves the rest of the work undone, where it is done in turns */
  readonly signal?: AbortSignal | undefined;
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
  /** spellings that a template alone may turn into their tokens: control tokens, and added ones that look so */
  readonly controlStrings: readonly string[];
  /** encoding puts a space before a text, and decoding takes it away */
  readonly leadingSpace: boolean;
  /** Ids of `text`, without BOS. */
  encode(text: string, options?: EncodeOptions): number[];
  /** The same ids, in turns with the event loop: what a long text takes must not stop others. */
  encodeAsync(text: string, options?: EncodeOptions): Promise<number[]>;
  /** The same ids, by whoever runs the steps. */
  encodeSteps(text: string, options?: EncodeOptions): Steps<number[]>;
  /** Ids of a raw prompt: BOS where the model wants it, special strings as plain text. */
  encodePrompt(text: string): number[];
  /** The same ids, in turns with the event loop. */
  encodePromptAsync(text: string, options?: Pick<EncodeOptions, 'holds' | 'signal'>): Promise<number[]>;
  /** The vocabulary's own spelling; empty for an id that has no token. */
  piece(id: number): string;
  isSpecial(id: number): boolean;
  /** What an id decodes to; nothing for special tokens and for ids without a token. */
  bytes(id: number): Uint8Array;
  /** Text of `ids`; bytes that are not UTF-8 become U+FFFD. */
  decode(ids: readonly number[]): string;
  /** Text of `ids` as it stands in mid-rendering: special tokens spelled out, a leading space kept. */
  decodeRaw(ids: readonly number[]): string;
  /** The same in turns with the event loop, for lists that may be long. */
  decodeRawAsync(ids: readonly number[]): Promise<string>;
}

const NO_BYTES = new Uint8Array(0);

/** Throws `unsupported_tokenizer` or `bad_tokenizer`. */
export function createTokenizer(data: TokenizerData): Tokenizer {
  const vocabulary = createVocabulary(data);
  const { pieces, special } = vocabulary;
  const specialTokens = new Map([...special].map(([text, token]) => [text, token.id]));
  const specialIds = new Set(specialTokens.values());
  const controls = controlStringsOf(vocabulary);
  const encodeSteps = createEncode(vocabulary, controls);
  const encode: Tokenizer['encode'] = (text, options) => finish(encodeSteps(text, options));
  const withBos = (ids: number[]): number[] =>
    data.addBos && data.bosId !== undefined ? [data.bosId, ...ids] : ids;
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
    controlStrings: [...controls],
    leadingSpace: vocabulary.leadingSpace,
    encode,
    encodeAsync: (text, options = {}) =>
      finishInSlices(encodeSteps(text, options), { signal: options.signal }),
    encodeSteps,
    encodePrompt: (text) => withBos(encode(text)),
    encodePromptAsync: async (text, { holds, signal } = {}) =>
      withBos(await finishInSlices(encodeSteps(text, { holds }), { signal })),
    piece: (id) => pieces[id] ?? '',
    isSpecial: (id) => specialIds.has(id),
    bytes,
    decode(ids) {
      const text = decodeUtf8(ids.map(bytes));
      return vocabulary.leadingSpace && text.startsWith(' ') ? text.slice(1) : text;
    },
    decodeRaw: (ids) => decodeUtf8(ids.map(rawBytes)),
    decodeRawAsync: (ids) => finishInSlices(decodeSteps(ids, rawBytes)),
  };
}

function createVocabulary(data: TokenizerData): Vocabulary {
  if (data.kind === 'files') return createJsonVocabulary(data);
  if (data.model === 'gpt2' || data.model === 'gemma4') return createByteLevelVocabulary(data);
  if (data.model === 'llama') return createSentencePieceVocabulary(data);
  const what = `tokenizer model ${data.model} is not supported`;
  throw new QuireError('unsupported_tokenizer', what, 'use a model whose tokenizer is gpt2, llama or gemma4');
}

/** Control tokens, added ones that look like them, and those that hold one: of "<a>b" a template may write "<a>". */
function controlStringsOf({ special, added }: Vocabulary): ReadonlySet<string> {
  const controls = [...special.keys(), ...[...added.keys()].filter(looksLikeControl)];
  const find = createLiteralFinder(controls);
  const holds = (text: string): boolean => text.split('').some((_, at) => find(text, at) !== undefined);
  return new Set([...controls, ...[...added.keys()].filter(holds)]);
}

// All tokens are looked for together, the longest first of those that begin at the same place.
function createEncode(vocabulary: Vocabulary, controls: ReadonlySet<string>): Tokenizer['encodeSteps'] {
  const { special: specials, added } = vocabulary;
  const longest = vocabulary.longest ?? Number.POSITIVE_INFINITY;
  const splitAll = createWholeTokenSplitter(new Map([...specials, ...added]));
  const splitWords = createWholeTokenSplitter(new Map([...added].filter(([text]) => !controls.has(text))));
  return function* (
    text,
    { special = 'plain', isMeant, place = 'start', holds = Number.POSITIVE_INFINITY } = {},
  ) {
    const least = Math.ceil(text.length / longest);
    if (least >= holds) throw contextExceeded(least, holds, true);
    const ids: number[] = [];
    const meant: IsMeant | undefined =
      isMeant && ((start, end, literal) => !controls.has(literal) || isMeant(start, end, literal));
    const steps =
      special === 'plain'
        ? splitWords(text, place, ids, vocabulary.encode)
        : splitAll(text, place, ids, vocabulary.encode, meant);
    while (steps.next().done !== true) {
      if (ids.length >= holds) throw contextExceeded(ids.length, holds, true);
      yield;
    }
    return ids;
  };
}

function decodeUtf8(chunks: readonly Uint8Array[]): string {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return utf8Decoder().decode(bytes);
}

// A byte order mark is a character like any other here.
const utf8Decoder = () => new TextDecoder('utf-8', { ignoreBOM: true });

const STEP_TOKENS = 256;

function* decodeSteps(ids: readonly number[], bytesOf: (id: number) => Uint8Array): Steps<string> {
  const decoder = utf8Decoder();
  let text = '';
  for (let at = 0; at < ids.length; at += STEP_TOKENS) {
    for (const id of ids.slice(at, at + STEP_TOKENS)) text += decoder.decode(bytesOf(id), { stream: true });
    yield;
  }
  return text + decoder.decode();
}
