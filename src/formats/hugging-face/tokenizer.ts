// Reads tokenizer data from the JSON files of a Hugging Face folder. The tokens, BOS, EOS and whether a prompt begins
// with BOS are spread over six files.

import type { JsonObject, JsonValue, TokenizerFiles } from '../../base/model/tokenizer-data.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import { isJsonObject } from '../json-object.ts';
import { completeDefinition } from './complete-definition.ts';
import {
  booleanOr,
  folderTokens,
  mergeTokenSettings,
  type SpecialTokenFiles,
  tokenText,
} from './special-tokens.ts';

export interface TokenizerFolder extends SpecialTokenFiles {
  /** tokenizer.json */
  readonly definition: JsonObject;
  /** generation_config.json; empty if absent */
  readonly generation: JsonObject;
  /** config.json; empty if absent */
  readonly config: JsonObject;
}

/** Returns the tokenizer data. Throws `bad_tokenizer` for an entry that is not a token. */
export function readHuggingFaceTokenizer(folder: TokenizerFolder): TokenizerFiles {
  const { generation, config } = folder;
  const settings = mergeTokenSettings(folder);
  const tokens = folderTokens('tokenizer_config.json', settings, folder.addedTokens);
  const { definition, ids } = completeDefinition(folder.definition, settings, tokens);
  const firstToken = findFirstToken(definition.post_processor);
  const lastToken = findLastToken(definition.post_processor);
  const bosToken = tokenText(settings.bos_token);
  const eosToken = tokenText(settings.eos_token);
  const idOf = (token: string | undefined) => (token === undefined ? undefined : ids.get(token));
  const firstId = firstToken?.id ?? idOf(firstToken?.name);
  // Without settings, BOS is the first token that the post-processor inserts.
  const bosId = bosToken === undefined ? firstId : idOf(bosToken);
  const beginsWithBos = firstToken !== undefined && (firstToken.name === bosToken || firstId === bosId);
  const eosId = idOf(eosToken);
  const addsEnd = booleanOr(settings.add_eos_token, lastToken !== undefined);
  const endIds = idList(generation.eos_token_id ?? config.eos_token_id);
  return {
    kind: 'files',
    definition,
    // The tokenizer's EOS comes first: it is `eos_token` of chat templates.
    eosIds: [...new Set([...(eosId === undefined ? [] : [eosId]), ...endIds])],
    addBos: bosId !== undefined && booleanOr(settings.add_bos_token, beginsWithBos),
    ...omitUndefined({
      bosId,
      textEndId: addsEnd ? (lastToken?.id ?? idOf(lastToken?.name ?? eosToken)) : undefined,
    }),
  };
}

/** Returns the ids of a value that is one id or a list of ids. */
export function idList(value: JsonValue | undefined): number[] {
  return (Array.isArray(value) ? value : [value]).filter((id) => typeof id === 'number');
}

interface InsertedToken {
  /** text of the token, or its name in a template */
  readonly name: string;
  readonly id: number | undefined;
}

/** Returns the token that the post-processor prepends to a text. */
const findFirstToken = (processor: JsonValue | undefined): InsertedToken | undefined =>
  findToken(processor, (single) => single[0], 'cls');

/** Returns the token that the post-processor appends to a text. */
const findLastToken = (processor: JsonValue | undefined): InsertedToken | undefined =>
  findToken(processor, (single) => (single.length > 1 ? single.at(-1) : undefined), 'sep');

/**
 * Returns a token that the post-processor inserts.
 * @param nodeOf returns its node in the template of a single text
 * @param key of the token in RobertaProcessing and BertProcessing: ["<s>", 0]
 */
function findToken(
  processor: JsonValue | undefined,
  nodeOf: (single: readonly JsonValue[]) => JsonValue | undefined,
  key: 'cls' | 'sep',
): InsertedToken | undefined {
  for (const { single, special_tokens: specialTokens, [key]: pair } of postProcessors(processor)) {
    const node = nodeOf(Array.isArray(single) ? single : []);
    const special = isJsonObject(node) ? node.SpecialToken : undefined;
    if (isJsonObject(special) && typeof special.id === 'string') {
      const token = isJsonObject(specialTokens) ? specialTokens[special.id] : undefined;
      return { name: special.id, id: isJsonObject(token) ? idList(token.ids)[0] : undefined };
    }
    const [name, id] = Array.isArray(pair) ? pair : [];
    if (typeof name === 'string') return { name, id: idList(id)[0] };
  }
  return undefined;
}

function postProcessors(node: JsonValue | undefined): JsonObject[] {
  if (!isJsonObject(node)) return [];
  return Array.isArray(node.processors) ? node.processors.flatMap(postProcessors) : [node];
}
