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
  const bosToken = tokenText(settings.bos_token);
  const eosToken = tokenText(settings.eos_token);
  const idOf = (token: string | undefined) => (token === undefined ? undefined : ids.get(token));
  const firstId = firstToken?.id ?? idOf(firstToken?.name);
  // Without settings, BOS is the first token that the post-processor inserts.
  const bosId = bosToken === undefined ? firstId : idOf(bosToken);
  const beginsWithBos = firstToken !== undefined && (firstToken.name === bosToken || firstId === bosId);
  const eosId = idOf(eosToken);
  const endIds = idList(generation.eos_token_id ?? config.eos_token_id);
  return {
    kind: 'files',
    definition,
    // The tokenizer's EOS comes first: it is `eos_token` of chat templates.
    eosIds: [...new Set([...(eosId === undefined ? [] : [eosId]), ...endIds])],
    addBos: bosId !== undefined && booleanOr(settings.add_bos_token, beginsWithBos),
    ...omitUndefined({ bosId }),
  };
}

/** Returns the ids of a value that is one id or a list of ids. */
export function idList(value: JsonValue | undefined): number[] {
  return (Array.isArray(value) ? value : [value]).filter((id) => typeof id === 'number');
}

interface FirstToken {
  /** text of the token, or its name in a template */
  readonly name: string;
  readonly id: number | undefined;
}

/** Returns the token that the post-processor prepends to a text. */
function findFirstToken(processor: JsonValue | undefined): FirstToken | undefined {
  for (const { single, special_tokens: specialTokens, cls } of postProcessors(processor)) {
    const [node] = Array.isArray(single) ? single : [];
    const special = isJsonObject(node) ? node.SpecialToken : undefined;
    if (isJsonObject(special) && typeof special.id === 'string') {
      const token = isJsonObject(specialTokens) ? specialTokens[special.id] : undefined;
      return { name: special.id, id: isJsonObject(token) ? idList(token.ids)[0] : undefined };
    }
    // RobertaProcessing and BertProcessing: ["<s>", 0]
    const [name, id] = Array.isArray(cls) ? cls : [];
    if (typeof name === 'string') return { name, id: idList(id)[0] };
  }
  return undefined;
}

function postProcessors(node: JsonValue | undefined): JsonObject[] {
  if (!isJsonObject(node)) return [];
  return Array.isArray(node.processors) ? node.processors.flatMap(postProcessors) : [node];
}
