// Tokenizer data from the JSON files of a Hugging Face folder: which tokens begin and end a text, and whether
// a prompt begins with BOS, is spread over four of them.

import type { JsonObject, JsonValue, TokenizerFiles } from '../base/tokenizer-data.ts';

export interface TokenizerFolder {
  /** tokenizer.json */
  readonly definition: JsonObject;
  /** tokenizer_config.json; empty where absent */
  readonly settings: JsonObject;
  /** generation_config.json; empty where absent */
  readonly generation: JsonObject;
  /** config.json; empty where absent */
  readonly config: JsonObject;
}

export function readHuggingFaceTokenizer(folder: TokenizerFolder): TokenizerFiles {
  const { definition, settings, generation, config } = folder;
  const ids = idsOf(definition);
  const bosToken = tokenText(settings.bos_token);
  const bosId = bosToken === undefined ? undefined : ids.get(bosToken);
  const eosId = ids.get(tokenText(settings.eos_token) ?? '');
  const ends = idList(generation.eos_token_id ?? config.eos_token_id);
  return {
    kind: 'files',
    definition,
    settings,
    // The tokenizer's own comes first: it is what templates mean by eos_token.
    eosIds: [...new Set([...(eosId === undefined ? [] : [eosId]), ...ends])],
    addBos: bosToken !== undefined && bosId !== undefined && addsBos(settings, definition, bosToken),
    ...(bosId === undefined ? {} : { bosId }),
  };
}

export const isJsonObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function idsOf(definition: JsonObject): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  const vocab =
    isJsonObject(definition.model) && isJsonObject(definition.model.vocab) ? definition.model.vocab : {};
  for (const [token, id] of Object.entries(vocab)) if (typeof id === 'number') ids.set(token, id);
  for (const token of Array.isArray(definition.added_tokens) ? definition.added_tokens : []) {
    if (!isJsonObject(token) || typeof token.content !== 'string' || typeof token.id !== 'number') continue;
    ids.set(token.content, token.id);
  }
  return ids;
}

/** A token is written as a string or as an object with its content. */
export function tokenText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return isJsonObject(value) && typeof value.content === 'string' ? value.content : undefined;
}

/** One id or a list of them. */
export function idList(value: JsonValue | undefined): number[] {
  return (Array.isArray(value) ? value : [value]).filter((id) => typeof id === 'number');
}

// The setting decides where it is given, else whether the post-processor puts BOS first.
function addsBos(settings: JsonObject, definition: JsonObject, bosToken: string): boolean {
  if (typeof settings.add_bos_token === 'boolean') return settings.add_bos_token;
  return postProcessors(definition.post_processor).some((processor) => {
    const [first] = Array.isArray(processor.single) ? processor.single : [];
    const special = isJsonObject(first) ? first.SpecialToken : undefined;
    return isJsonObject(special) && special.id === bosToken;
  });
}

function postProcessors(node: JsonValue | undefined): JsonObject[] {
  if (!isJsonObject(node)) return [];
  return Array.isArray(node.processors) ? node.processors.flatMap(postProcessors) : [node];
}
