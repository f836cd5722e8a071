// Converts text to token ids and back, for every kind of vocabulary: special tokens, BOS and detokenizing. Special tokens
// are produced only if the caller requests them, so that "<|im_end|>" typed by a user is encoded as text.
//
// Encoding, and the decoding of long lists, are generators that yield at intervals (base/steps.ts). The methods of
// `Tokenizer` run them without pauses, or in time slices that do not block the event loop.

import { QuireError } from '../base/errors.ts';
import type { TokenizerData } from '../base/model/tokenizer-data.ts';
import { finish, finishInSlices, type Steps } from '../base/steps.ts';
import { contextExceededError } from '../completion/context-exceeded.ts';
import { type AcceptLiteral, createLiteralFinder } from './special-tokens/literal-finder.ts';
import { createWholeTokenEncoder } from './special-tokens/whole-tokens.ts';
import { createJsonVocabulary } from './tokenizer-json/json-vocabulary.ts';
import { createByteLevelVocabulary } from './vocabulary/byte-level-vocabulary.ts';
import { createSentencePieceVocabulary } from './vocabulary/sentence-piece-vocabulary.ts';
import { hasControlTokenForm, type TextPlace, type Vocabulary } from './vocabulary/vocabulary.ts';

export interface EncodeOptions {
  /** `parse` encodes special strings as their tokens; `plain`, the default, as text */
  readonly special?: 'plain' | 'parse';
  /** with `parse`: whether an occurrence of a control string is encoded as its token; by default all are */
  readonly isMeant?: AcceptLiteral;
  /** position of the text; `start` by default */
  readonly place?: TextPlace;
  /** a text of this many tokens or more is rejected (`context_length_exceeded`) without encoding the rest */
  readonly holds?: number | undefined;
  /** aborts the asynchronous methods between two slices */
  readonly signal?: AbortSignal | undefined;
}

export interface Tokenizer {
  /** one more than the largest id */
  readonly vocabSize: number;
  readonly bosId?: number;
  /** tokens that end generation; the first is `eos_token` of templates */
  readonly eosIds: readonly number[];
  /** whether a raw prompt starts with `bosId` */
  readonly addBos: boolean;
  /** ids of the control tokens by their text */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** strings that are encoded as tokens only if a template writes them: control tokens, and added tokens like them */
  readonly controlStrings: readonly string[];
  /** whether encoding adds a space before the text, and decoding removes it */
  readonly leadingSpace: boolean;
  /** Returns the ids of `text`, without BOS. */
  encode(text: string, options?: EncodeOptions): number[];
  /** Like `encode`, in time slices that do not block the event loop. */
  encodeAsync(text: string, options?: EncodeOptions): Promise<number[]>;
  /** Like `encode`, as a generator that the caller runs. */
  encodeSteps(text: string, options?: EncodeOptions): Steps<number[]>;
  /** Returns the ids of a raw prompt: BOS if the model expects it, special strings as plain text. */
  encodePrompt(text: string): number[];
  /** Like `encodePrompt`, in time slices that do not block the event loop. */
  encodePromptAsync(text: string, options?: Pick<EncodeOptions, 'holds' | 'signal'>): Promise<number[]>;
  /** Like `encodePromptAsync`, and with the token that ends a text whose embedding is computed, if the model expects one. */
  encodeTextAsync(text: string, options?: Pick<EncodeOptions, 'holds' | 'signal'>): Promise<number[]>;
  /** Returns a token as the vocabulary writes it; empty for an id without a token. */
  piece(id: number): string;
  isSpecial(id: number): boolean;
  /** Returns the bytes of a token; empty for special tokens and for ids without a token. */
  bytes(id: number): Uint8Array;
  /** Returns the text of `ids`; invalid UTF-8 becomes U+FFFD. */
  decode(ids: readonly number[]): string;
  /** Returns the text of `ids` as in a rendering: with the text of special tokens and with a leading space. */
  decodeRaw(ids: readonly number[]): string;
  /** Like `decodeRaw`, in time slices that do not block the event loop. */
  decodeRawAsync(ids: readonly number[]): Promise<string>;
}

const NO_BYTES = new Uint8Array(0);

/** Creates the tokenizer of a model. Throws `unsupported_tokenizer` or `bad_tokenizer`. */
export function createTokenizer(data: TokenizerData): Tokenizer {
  const vocabulary = createVocabulary(data);
  const { pieces, special } = vocabulary;
  const { bosId, eosIds, addBos, textEndId } = data;
  const specialTokens = new Map([...special].map(([text, token]) => [text, token.id]));
  const specialIds = new Set(specialTokens.values());
  const controls = controlStringsOf(vocabulary);
  const encodeSteps = createEncoder(vocabulary, controls);
  function* encodePromptSteps(text: string, options?: EncodeOptions): Steps<number[]> {
    const ids = yield* encodeSteps(text, options);
    return addBos && bosId !== undefined ? [bosId, ...ids] : ids;
  }
  const encoder = new TextEncoder();
  const bytes = (id: number): Uint8Array =>
    specialIds.has(id) || pieces[id] === undefined ? NO_BYTES : vocabulary.bytes(id);
  const rawBytes = (id: number): Uint8Array =>
    specialIds.has(id) ? encoder.encode(pieces[id] ?? '') : bytes(id);
  return {
    vocabSize: pieces.length,
    eosIds,
    addBos,
    ...(bosId === undefined ? {} : { bosId }),
    specialTokens,
    controlStrings: [...controls],
    leadingSpace: vocabulary.leadingSpace,
    encode: (text, options) => finish(encodeSteps(text, options)),
    encodeAsync: (text, options) => finishInSlices(encodeSteps(text, options), { signal: options?.signal }),
    encodeSteps,
    encodePrompt: (text) => finish(encodePromptSteps(text)),
    encodePromptAsync: (text, { holds, signal } = {}) =>
      finishInSlices(encodePromptSteps(text, { holds }), { signal }),
    async encodeTextAsync(text, { holds, signal } = {}) {
      const ids = await finishInSlices(encodePromptSteps(text, { holds }), { signal });
      return textEndId === undefined ? ids : [...ids, textEndId];
    },
    piece: (id) => pieces[id] ?? '',
    isSpecial: (id) => specialIds.has(id),
    bytes,
    decode(ids) {
      const text = finish(decodeSteps(ids, bytes));
      return vocabulary.leadingSpace && text.startsWith(' ') ? text.slice(1) : text;
    },
    decodeRaw: (ids) => finish(decodeSteps(ids, rawBytes)),
    decodeRawAsync: (ids) => finishInSlices(decodeSteps(ids, rawBytes)),
  };
}

function createVocabulary(data: TokenizerData): Vocabulary {
  if (data.kind === 'files') return createJsonVocabulary(data);
  if (data.model === 'gpt2' || data.model === 'gemma4') return createByteLevelVocabulary(data);
  if (data.model === 'llama') return createSentencePieceVocabulary(data);
  const message = `tokenizer model ${data.model} is not supported`;
  throw new QuireError(
    'unsupported_tokenizer',
    message,
    'use a model whose tokenizer is gpt2, llama or gemma4',
  );
}

/**
 * Returns control tokens, added tokens that look like control tokens, and added tokens that contain one of these: a template
 * may write only a part of such a token.
 */
function controlStringsOf({ special, added }: Vocabulary): ReadonlySet<string> {
  const controls = [...special.keys(), ...[...added.keys()].filter(hasControlTokenForm)];
  const findControl = createLiteralFinder(controls);
  const containsControl = (text: string): boolean =>
    text.split('').some((_, at) => findControl(text, at) !== undefined);
  return new Set([...controls, ...[...added.keys()].filter(containsControl)]);
}

// Special and added tokens are matched in one scan: of the tokens that match at an offset, the longest is used.
function createEncoder(vocabulary: Vocabulary, controls: ReadonlySet<string>): Tokenizer['encodeSteps'] {
  const { special: specials, added } = vocabulary;
  const maxTokenLength = vocabulary.maxTokenLength ?? Number.POSITIVE_INFINITY;
  const encodeAll = createWholeTokenEncoder(new Map([...specials, ...added]));
  const encodePlain = createWholeTokenEncoder(new Map([...added].filter(([text]) => !controls.has(text))));
  return function* (
    text,
    { special = 'plain', isMeant, place = 'start', holds = Number.POSITIVE_INFINITY } = {},
  ) {
    const minTokens = Math.ceil(text.length / maxTokenLength);
    if (minTokens >= holds) throw contextExceededError(minTokens, holds, true);
    const ids: number[] = [];
    const isToken: AcceptLiteral | undefined =
      isMeant && ((start, end, literal) => !controls.has(literal) || isMeant(start, end, literal));
    const steps =
      special === 'plain'
        ? encodePlain(text, place, ids, vocabulary.encode)
        : encodeAll(text, place, ids, vocabulary.encode, isToken);
    while (steps.next().done !== true) {
      if (ids.length >= holds) throw contextExceededError(ids.length, holds, true);
      yield;
    }
    return ids;
  };
}

const TOKENS_PER_STEP = 256;

function* decodeSteps(ids: readonly number[], bytesOf: (id: number) => Uint8Array): Steps<string> {
  // `ignoreBOM` preserves a byte order mark.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let text = '';
  for (let start = 0; start < ids.length; start += TOKENS_PER_STEP) {
    text += decoder.decode(joinBytes(ids.slice(start, start + TOKENS_PER_STEP).map(bytesOf)), {
      stream: true,
    });
    yield;
  }
  return text + decoder.decode();
}

function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
