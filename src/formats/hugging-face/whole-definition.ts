// A tokenizer.json as the other files of its folder complete it: tokens that they add to it, and whether a text
// begins with a space.

import { QuireError } from '../../base/errors.ts';
import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';
import { type FolderToken, isJsonObject, isPlainWord, MAX_GAP } from './special-tokens.ts';

/**
 * @param settings tokenizer_config.json
 * @param tokens of the folder: they go before those of the definition; a token that has no id, or whose id is taken,
 *   gets the next one
 */
export function wholeDefinition(
  definition: JsonObject,
  settings: JsonObject,
  tokens: readonly FolderToken[],
): WholeDefinition {
  const ids = idsOf(definition);
  const added_tokens = addedTokens(definition, tokens, ids);
  const pre_tokenizer = preTokenizer(definition.pre_tokenizer, settings.add_prefix_space);
  return { definition: { ...definition, added_tokens, pre_tokenizer }, ids };
}

export interface WholeDefinition {
  readonly definition: JsonObject;
  /** of the vocabulary and the added tokens, by spelling */
  readonly ids: ReadonlyMap<string, number>;
}

// Adds to `ids` what it adds to the list.
function addedTokens(
  definition: JsonObject,
  tokens: readonly FolderToken[],
  ids: Map<string, number>,
): JsonObject[] {
  const own = objects(definition.added_tokens);
  const taken = new Set(ids.values());
  let next = 0;
  for (const id of taken) next = Math.max(next, id + 1);
  const most = next + MAX_GAP;
  const all = new Map<JsonValue | undefined, JsonObject>(own.map((token) => [token.content, token]));
  for (const token of tokens) {
    const { content } = token;
    const isKnown = all.has(content) || (ids.has(content) && isPlainWord(content));
    if (token.id === undefined && isKnown) continue;
    const free = token.id !== undefined && !taken.has(token.id) ? token.id : next;
    const id = ids.get(content) ?? free;
    if (id > most) throw farBeyond(id);
    next = Math.max(next, id + 1);
    taken.add(id);
    ids.set(content, id);
    all.set(content, entryOf(token, id));
  }
  return [...all.values()];
}

const entryOf = ({ content, special, normalized, lstrip, rstrip, singleWord }: FolderToken, id: number) => ({
  ...{ id, content, special, normalized, lstrip, rstrip },
  single_word: singleWord,
});

function idsOf(definition: JsonObject): Map<string, number> {
  const ids = new Map<string, number>();
  const { model } = definition;
  const vocab = isJsonObject(model) && isJsonObject(model.vocab) ? model.vocab : {};
  for (const [token, id] of Object.entries(vocab)) if (typeof id === 'number') ids.set(token, id);
  for (const { content, id } of objects(definition.added_tokens))
    if (typeof content === 'string' && typeof id === 'number') ids.set(content, id);
  return ids;
}

// Only where bytes are cut into words at once: elsewhere the space is a matter of the parts.
function preTokenizer(node: JsonValue | undefined, addPrefixSpace: JsonValue | undefined): JsonValue {
  if (!isJsonObject(node) || node.type !== 'ByteLevel' || typeof addPrefixSpace !== 'boolean')
    return node ?? null;
  return { ...node, add_prefix_space: addPrefixSpace };
}

const objects = (value: JsonValue | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];

function farBeyond(id: number): QuireError {
  const what = `tokenizer_config.json: the added token ${id} is far beyond the vocabulary`;
  return new QuireError('bad_tokenizer', what, 'download the tokenizer again');
}
