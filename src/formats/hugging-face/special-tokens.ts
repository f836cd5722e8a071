// The tokens that the small files of a Hugging Face folder add to its vocabulary, and the names they give to some:
// which file holds what has changed with every version of transformers. Read as version 5 does.

import { QuireError } from '../../base/errors.ts';
import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';

export interface SpecialTokenFiles {
  /** tokenizer_config.json; empty where absent, as the others */
  readonly settings: JsonObject;
  /** special_tokens_map.json */
  readonly specialTokensMap?: JsonObject;
  /** added_tokens.json */
  readonly addedTokens?: JsonObject;
}

export interface FolderToken {
  /** undefined where the files name a token without its id */
  readonly id: number | undefined;
  readonly content: string;
  readonly special: boolean;
  readonly normalized: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly singleWord: boolean;
}

/**
 * tokenizer_config.json with the names that special_tokens_map.json gives: those count where the former does not list
 * its tokens, and fill gaps where it does.
 */
export function namedSettings({ settings, specialTokensMap = {} }: SpecialTokenFiles): JsonObject {
  const listed = isJsonObject(settings.added_tokens_decoder);
  return listed ? { ...specialTokensMap, ...settings } : { ...settings, ...specialTokensMap };
}

/**
 * Tokens with an id first, then those that are only named.
 * @param source names the tokenizer in messages
 * @param settings those of `namedSettings`
 * @param addedTokens added_tokens.json
 * Throws `bad_tokenizer` for an entry that is no token.
 */
export function folderTokens(
  source: string,
  settings: JsonObject,
  addedTokens: JsonObject = {},
): FolderToken[] {
  const named = namedTokens(source, settings);
  const decoder = settings.added_tokens_decoder;
  const listed = isJsonObject(decoder)
    ? Object.entries(decoder).flatMap(([key, token]) => listedToken(source, key, token))
    : Object.entries(addedTokens).map(([content, id]) => numberedToken(source, content, id, named));
  const known = new Set(listed.map(({ content }) => content));
  return [...listed, ...[...named.values()].filter(({ content }) => !known.has(content))];
}

/**
 * Whether text is full of what is spelled so: some folders pad with "!". A word of the vocabulary stays one where
 * the files merely name it.
 */
export const isPlainWord = (content: string): boolean => /^(?:.|[\p{L}\p{N}\u0120\u2581]+)$/su.test(content);

/** Far above the gaps that there are between ids: more would make a long list of nothing. */
export const MAX_GAP = 65_536;

export const isJsonObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A token is written as a string or as an object with its content. */
export function tokenText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return isJsonObject(value) && typeof value.content === 'string' ? value.content : undefined;
}

// An id whose token has no text keeps its place, and no text becomes it.
function listedToken(source: string, key: string, token: JsonValue): FolderToken[] {
  const id = Number(key);
  const content = isJsonObject(token) ? tokenText(token) : undefined;
  if (content === '' && isId(id)) return [];
  if (content !== undefined && isId(id)) return [{ ...flagsOf(token as JsonObject, false), id, content }];
  throw badToken(source, `added_tokens_decoder has the entry ${key.slice(0, 40)}, which is no token`);
}

function numberedToken(
  source: string,
  content: string,
  id: JsonValue,
  named: ReadonlyMap<string, FolderToken>,
): FolderToken {
  if (!isId(id) || content === '')
    throw badToken(source, `added_tokens.json has the entry ${content.slice(0, 40)}, which is no token`);
  const special = named.has(content);
  return { ...flagsOf({}, special), id, content, normalized: !special };
}

const isId = (id: unknown): id is number => typeof id === 'number' && Number.isSafeInteger(id) && id >= 0;

// Names that every tokenizer knows: each is a token or null. Others that end so may also be flags (add_bos_token).
const NAMES = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];

// bos_token and its kin, and the lists of others: the newer list where there is something in it, else the older. An object
// of tokens by their use, as models have it that see or hear, is beside the older list and not in its place.
function namedTokens(source: string, settings: JsonObject): ReadonlyMap<string, FolderToken> {
  for (const name of NAMES) {
    const value = settings[name] ?? null;
    if (value !== null && tokenText(value) === undefined)
      throw badToken(source, `${name} is ${JSON.stringify(value).slice(0, 40)}, which is no token`);
  }
  const extra = valuesIn(settings.extra_special_tokens);
  const older = valuesIn(settings.additional_special_tokens);
  const isNewer = Array.isArray(settings.extra_special_tokens) && extra.length > 0;
  const more = isNewer ? extra : [...extra, ...older];
  const single = Object.keys(settings).filter((key) => key.endsWith('_token'));
  const tokens = new Map<string, FolderToken>();
  for (const value of [...single.map((key) => settings[key]), ...more]) {
    const content = tokenText(value);
    if (content === undefined || content === '' || tokens.has(content)) continue;
    const flags = flagsOf(isJsonObject(value) ? value : {}, true);
    tokens.set(content, { ...flags, id: undefined, content, special: true });
  }
  return tokens;
}

const valuesIn = (value: JsonValue | undefined): readonly JsonValue[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : [];

// As the tokenizers library: what is special is not normalized.
function flagsOf(token: JsonObject, special: boolean): Omit<FolderToken, 'id' | 'content'> {
  const isSpecial = flagOf(token.special, special);
  return {
    special: isSpecial,
    normalized: flagOf(token.normalized, !isSpecial),
    lstrip: flagOf(token.lstrip, false),
    rstrip: flagOf(token.rstrip, false),
    singleWord: flagOf(token.single_word, false),
  };
}

export const flagOf = (value: JsonValue | undefined, otherwise: boolean): boolean =>
  typeof value === 'boolean' ? value : otherwise;

function badToken(source: string, what: string): QuireError {
  return new QuireError('bad_tokenizer', `${source}: ${what}`, 'download the tokenizer again');
}
