// Reads the tokens that the smaller files of a Hugging Face folder add to its vocabulary, and their roles (BOS, EOS,
// ...). The files differ between versions of transformers; this code follows version 5.

import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';
import { isJsonObject } from '../json-object.ts';
import { badTokenizer } from '../tokenizer-error.ts';

export interface SpecialTokenFiles {
  /** tokenizer_config.json; an empty object if absent */
  readonly settings: JsonObject;
  /** special_tokens_map.json */
  readonly specialTokensMap?: JsonObject;
  /** added_tokens.json */
  readonly addedTokens?: JsonObject;
}

export interface FolderToken {
  /** undefined if the files name the token without an id */
  readonly id: number | undefined;
  readonly content: string;
  readonly special: boolean;
  readonly normalized: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly singleWord: boolean;
}

/**
 * Returns tokenizer_config.json merged with special_tokens_map.json. The map takes precedence, unless
 * tokenizer_config.json contains `added_tokens_decoder`; then the map only adds absent keys.
 */
export function mergeTokenSettings({ settings, specialTokensMap = {} }: SpecialTokenFiles): JsonObject {
  const hasDecoder = isJsonObject(settings.added_tokens_decoder);
  return hasDecoder ? { ...specialTokensMap, ...settings } : { ...settings, ...specialTokensMap };
}

/**
 * Returns the tokens with an id, then the tokens that only have a role. Throws `bad_tokenizer` for an entry that is not
 * a token.
 * @param source the tokenizer's name in messages
 * @param settings the result of `mergeTokenSettings`
 * @param addedTokens added_tokens.json
 */
export function folderTokens(
  source: string,
  settings: JsonObject,
  addedTokens: JsonObject = {},
): FolderToken[] {
  const roleTokens = readRoleTokens(source, settings);
  const decoder = settings.added_tokens_decoder;
  const listedTokens = isJsonObject(decoder)
    ? Object.entries(decoder).flatMap(([key, token]) => listedToken(source, key, token))
    : Object.entries(addedTokens).map(([content, id]) => numberedToken(source, content, id, roleTokens));
  const listedContents = new Set(listedTokens.map(({ content }) => content));
  return [...listedTokens, ...[...roleTokens.values()].filter(({ content }) => !listedContents.has(content))];
}

/**
 * Returns whether a token looks like ordinary text, such as the padding token "!" of some folders. If the files
 * only give a role to such a token, it remains an ordinary token of the vocabulary.
 */
export const isPlainWord = (content: string): boolean => /^(?:.|[\p{L}\p{N}\u0120\u2581]+)$/su.test(content);

/** Far above real gaps between ids; larger gaps would create long lists of unused tokens. */
export const MAX_ID_GAP = 65_536;

/** Returns the text of a token, which is a string or an object with `content`; undefined for anything else. */
export function tokenText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return isJsonObject(value) && typeof value.content === 'string' ? value.content : undefined;
}

// The id of a token without text remains unused.
function listedToken(source: string, key: string, token: JsonValue): FolderToken[] {
  const id = Number(key);
  const content = isJsonObject(token) ? tokenText(token) : undefined;
  if (content === '' && isId(id)) return [];
  if (content !== undefined && isId(id)) return [{ ...flagsOf(token as JsonObject, false), id, content }];
  throw badTokenizer(source, `entry ${key.slice(0, 40)} of added_tokens_decoder is not a token`);
}

function numberedToken(
  source: string,
  content: string,
  id: JsonValue,
  roleTokens: ReadonlyMap<string, FolderToken>,
): FolderToken {
  if (!isId(id) || content === '')
    throw badTokenizer(source, `entry ${content.slice(0, 40)} of added_tokens.json is not a token`);
  const special = roleTokens.has(content);
  return { ...flagsOf({}, special), id, content, normalized: !special };
}

const isId = (id: unknown): id is number => typeof id === 'number' && Number.isSafeInteger(id) && id >= 0;

// Keys that every tokenizer may have, with a token or null as value. Other keys that end in _token may be flags
// (add_bos_token).
const ROLE_KEYS = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
];

// Returns the tokens with a role and the tokens of the lists. If `extra_special_tokens` is a list with entries, it
// replaces `additional_special_tokens`; if it is an object of tokens by use, as in multimodal models, both are read.
function readRoleTokens(source: string, settings: JsonObject): ReadonlyMap<string, FolderToken> {
  for (const name of ROLE_KEYS) {
    const value = settings[name] ?? null;
    if (value !== null && tokenText(value) === undefined)
      throw badTokenizer(source, `${name} is ${JSON.stringify(value).slice(0, 40)}, which is not a token`);
  }
  const extraTokens = valuesIn(settings.extra_special_tokens);
  const additionalTokens = valuesIn(settings.additional_special_tokens);
  const replacesAdditional = Array.isArray(settings.extra_special_tokens) && extraTokens.length > 0;
  const listTokens = replacesAdditional ? extraTokens : [...extraTokens, ...additionalTokens];
  const roleKeys = Object.keys(settings).filter((key) => key.endsWith('_token'));
  const tokens = new Map<string, FolderToken>();
  for (const value of [...roleKeys.map((key) => settings[key]), ...listTokens]) {
    const content = tokenText(value);
    if (content === undefined || content === '' || tokens.has(content)) continue;
    const flags = flagsOf(isJsonObject(value) ? value : {}, true);
    tokens.set(content, { ...flags, id: undefined, content, special: true });
  }
  return tokens;
}

const valuesIn = (value: JsonValue | undefined): readonly JsonValue[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : [];

// As in the tokenizers library, special tokens are not normalized by default.
function flagsOf(token: JsonObject, special: boolean): Omit<FolderToken, 'id' | 'content'> {
  const isSpecial = booleanOr(token.special, special);
  return {
    special: isSpecial,
    normalized: booleanOr(token.normalized, !isSpecial),
    lstrip: booleanOr(token.lstrip, false),
    rstrip: booleanOr(token.rstrip, false),
    singleWord: booleanOr(token.single_word, false),
  };
}

/** Returns `value` if it is a boolean, else `fallback`. */
export const booleanOr = (value: JsonValue | undefined, fallback: boolean): boolean =>
  typeof value === 'boolean' ? value : fallback;
