// Completes a tokenizer.json with the other files of its folder. These files add tokens, and may specify whether a
// space is prepended to a text.

import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';
import { isJsonObject } from '../json-object.ts';
import { badTokenizer } from '../tokenizer-error.ts';
import { type FolderToken, isPlainWord, MAX_ID_GAP } from './special-tokens.ts';

/**
 * Returns the completed definition. Throws `bad_tokenizer` for an id far beyond the vocabulary.
 * @param settings tokenizer_config.json
 * @param tokens tokens of the other files, which take precedence. A token without an id, or with an id that is in use, gets
 *   the next free id.
 */
export function completeDefinition(
  definition: JsonObject,
  settings: JsonObject,
  tokens: readonly FolderToken[],
): CompletedDefinition {
  const ids = idsOf(definition);
  const added_tokens = addedTokens(definition, tokens, ids);
  const pre_tokenizer = withPrefixSpace(definition.pre_tokenizer, settings.add_prefix_space);
  return { definition: { ...definition, added_tokens, pre_tokenizer }, ids };
}

export interface CompletedDefinition {
  readonly definition: JsonObject;
  /** ids of the vocabulary and the added tokens, by their text */
  readonly ids: ReadonlyMap<string, number>;
}

// Returns all added tokens, and adds the new tokens to `ids`.
function addedTokens(
  definition: JsonObject,
  tokens: readonly FolderToken[],
  ids: Map<string, number>,
): JsonObject[] {
  const existingTokens = objectsIn(definition.added_tokens);
  const usedIds = new Set(ids.values());
  let nextId = 0;
  for (const id of usedIds) nextId = Math.max(nextId, id + 1);
  const maxId = nextId + MAX_ID_GAP;
  const tokensByContent = new Map<JsonValue | undefined, JsonObject>(
    existingTokens.map((token) => [token.content, token]),
  );
  for (const token of tokens) {
    const { content } = token;
    const isKnown = tokensByContent.has(content) || (ids.has(content) && isPlainWord(content));
    if (token.id === undefined && isKnown) continue;
    const unusedId = token.id !== undefined && !usedIds.has(token.id) ? token.id : nextId;
    const id = ids.get(content) ?? unusedId;
    if (id > maxId)
      throw badTokenizer(CONFIG_FILE, `the id ${id} of an added token is far beyond the vocabulary`);
    nextId = Math.max(nextId, id + 1);
    usedIds.add(id);
    ids.set(content, id);
    tokensByContent.set(content, entryOf(token, id));
  }
  return [...tokensByContent.values()];
}

const CONFIG_FILE = 'tokenizer_config.json';

const entryOf = ({ content, special, normalized, lstrip, rstrip, singleWord }: FolderToken, id: number) => ({
  ...{ id, content, special, normalized, lstrip, rstrip },
  single_word: singleWord,
});

function idsOf(definition: JsonObject): Map<string, number> {
  const ids = new Map<string, number>();
  const { model } = definition;
  const vocab = isJsonObject(model) && isJsonObject(model.vocab) ? model.vocab : {};
  for (const [token, id] of Object.entries(vocab)) if (typeof id === 'number') ids.set(token, id);
  for (const { content, id } of objectsIn(definition.added_tokens))
    if (typeof content === 'string' && typeof id === 'number') ids.set(content, id);
  return ids;
}

// `add_prefix_space` applies to a single ByteLevel pre-tokenizer only: the parts of a sequence have their own settings.
function withPrefixSpace(node: JsonValue | undefined, addPrefixSpace: JsonValue | undefined): JsonValue {
  if (!isJsonObject(node) || node.type !== 'ByteLevel' || typeof addPrefixSpace !== 'boolean')
    return node ?? null;
  return { ...node, add_prefix_space: addPrefixSpace };
}

const objectsIn = (value: JsonValue | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];
