// Completes a tokenizer.json with the other files of its folder: they add tokens, and may decide whether a space is put
// before a text.

import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';
import { isJsonObject } from '../json-object.ts';
import { badTokenizer } from '../tokenizer-error.ts';
import { type FolderToken, isPlainWord, MAX_ID_GAP } from './special-tokens.ts';

/**
 * Returns the completed definition. Throws `bad_tokenizer` for an id far beyond the vocabulary.
 * @param settings tokenizer_config.json
 * @param tokens those of the other files, which take precedence. A token without an id, or whose id is taken, gets the
 *   next free one.
 */
export function completeDefinition(
  definition: JsonObject,
  settings: JsonObject,
  tokens: readonly FolderToken[],
): CompleteDefinition {
  const ids = idsOf(definition);
  const added_tokens = addedTokens(definition, tokens, ids);
  const pre_tokenizer = preTokenizer(definition.pre_tokenizer, settings.add_prefix_space);
  return { definition: { ...definition, added_tokens, pre_tokenizer }, ids };
}

export interface CompleteDefinition {
  readonly definition: JsonObject;
  /** ids of the vocabulary and the added tokens, by spelling */
  readonly ids: ReadonlyMap<string, number>;
}

// Returns all added tokens, and enters the new ones into `ids`.
function addedTokens(
  definition: JsonObject,
  tokens: readonly FolderToken[],
  ids: Map<string, number>,
): JsonObject[] {
  const defined = objects(definition.added_tokens);
  const taken = new Set(ids.values());
  let next = 0;
  for (const id of taken) next = Math.max(next, id + 1);
  const maxId = next + MAX_ID_GAP;
  const all = new Map<JsonValue | undefined, JsonObject>(defined.map((token) => [token.content, token]));
  for (const token of tokens) {
    const { content } = token;
    const isKnown = all.has(content) || (ids.has(content) && isPlainWord(content));
    if (token.id === undefined && isKnown) continue;
    const free = token.id !== undefined && !taken.has(token.id) ? token.id : next;
    const id = ids.get(content) ?? free;
    if (id > maxId) throw badTokenizer(CONFIG, `the id ${id} of an added token is far beyond the vocabulary`);
    next = Math.max(next, id + 1);
    taken.add(id);
    ids.set(content, id);
    all.set(content, entryOf(token, id));
  }
  return [...all.values()];
}

const CONFIG = 'tokenizer_config.json';

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

// Only for a single ByteLevel pre-tokenizer: in a sequence, its parts decide about the space.
function preTokenizer(node: JsonValue | undefined, addPrefixSpace: JsonValue | undefined): JsonValue {
  if (!isJsonObject(node) || node.type !== 'ByteLevel' || typeof addPrefixSpace !== 'boolean')
    return node ?? null;
  return { ...node, add_prefix_space: addPrefixSpace };
}

const objects = (value: JsonValue | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];
