// Converts a tokenizer.model to tokenizer data, as llama.cpp's converter writes it into a GGUF with tokenizer model
// `llama`. JSON files in the same folder may add tokens and define BOS and EOS.

import { QuireError } from '../../base/errors.ts';
import { TOKEN_TYPE } from '../../base/model/token-type.ts';
import type { JsonObject, TokenizerVocabulary, TokenStrip } from '../../base/model/tokenizer-data.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import {
  booleanOr,
  type FolderToken,
  folderTokens,
  isPlainWord,
  MAX_ID_GAP,
  mergeTokenSettings,
  type SpecialTokenFiles,
  tokenText,
} from '../hugging-face/special-tokens.ts';
import { idList } from '../hugging-face/tokenizer.ts';
import { findEndTokens } from '../tokenizer-end-tokens.ts';
import { badTokenizer } from '../tokenizer-error.ts';
import { readSentencePieceModel, type SentencePieceModel } from './model.ts';

export interface SentencePieceFolder extends SpecialTokenFiles {
  /** generation_config.json */
  readonly generation: JsonObject;
  /** config.json */
  readonly config: JsonObject;
}

const NO_FILES: SentencePieceFolder = { settings: {}, generation: {}, config: {} };

/**
 * Returns the tokenizer data. Throws `bad_tokenizer` for a damaged file, `unsupported_tokenizer` for a model that is
 * not BPE.
 * @param source the file's name in messages
 * @param bytes the tokenizer.model
 * @param folder the JSON files of its folder
 */
export function readSentencePieceTokenizer(
  source: string,
  bytes: Uint8Array,
  folder: SentencePieceFolder = NO_FILES,
): TokenizerVocabulary {
  const model = readSentencePieceModel(source, bytes);
  checkSupported(source, model);
  const settings = mergeTokenSettings(folder);
  const table = createTokenTable(source, model, folderTokens(source, settings, folder.addedTokens));
  const unknownId = table.types.indexOf(TOKEN_TYPE.unknown);
  if (unknownId < 0) throw badTokenizer(source, 'it has no unknown piece');
  const bosId = table.controlId(tokenText(settings.bos_token) ?? model.bosPiece);
  const eosId = table.controlId(tokenText(settings.eos_token) ?? model.eosPiece);
  const endIds = idList(folder.generation.eos_token_id ?? folder.config.eos_token_id);
  const validIds = endIds.filter((id) => id >= 0 && id < table.tokens.length);
  return {
    kind: 'vocabulary',
    model: 'llama',
    pre: undefined,
    tokens: table.tokens,
    ...findEndTokens(table.tokens, Int32Array.from(table.types), { answer: [eosId, ...validIds] }),
    scores: Float32Array.from(table.scores),
    merges: undefined,
    addSpacePrefix: booleanOr(settings.add_prefix_space, model.addDummyPrefix),
    removeExtraSpaces: model.removeExtraSpaces,
    unknownId,
    normalizedIds: table.normalizedIds,
    strips: table.strips,
    addBos: booleanOr(settings.add_bos_token, true) && bosId !== undefined,
    ...omitUndefined({ bosId, textEndId: booleanOr(settings.add_eos_token, false) ? eosId : undefined }),
  };
}

function checkSupported(source: string, model: SentencePieceModel): void {
  const { algorithm, charsMap, escapeSpaces, spaceAsSuffix } = model;
  if (algorithm !== 'bpe') throw unsupportedError(source, `the SentencePiece algorithm ${algorithm}`);
  if (charsMap !== undefined) throw unsupportedError(source, `the SentencePiece normalization ${charsMap}`);
  if (!escapeSpaces) throw unsupportedError(source, 'SentencePiece without escape_whitespaces');
  if (spaceAsSuffix) throw unsupportedError(source, 'SentencePiece with treat_whitespace_as_suffix');
}

interface TokenTable {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
  readonly scores: readonly number[];
  readonly strips: ReadonlyMap<number, TokenStrip>;
  /** user-defined pieces of the model, which are matched in normalized text */
  readonly normalizedIds: ReadonlySet<number>;
  /** Returns the id of the control token with this text. */
  controlId(text: string): number | undefined;
}

// Returns the pieces of the model followed by the added tokens. An added token may replace a piece.
function createTokenTable(
  source: string,
  model: SentencePieceModel,
  added: readonly FolderToken[],
): TokenTable {
  const tokens = model.pieces.map(({ text }) => text);
  const types = model.pieces.map(({ type }) => type);
  const scores = model.pieces.map(({ score }) => score);
  const strips = new Map<number, TokenStrip>();
  const normalizedIds = new Set(types.flatMap((type, id) => (type === TOKEN_TYPE.userDefined ? [id] : [])));
  const maxId = tokens.length + MAX_ID_GAP;
  const ids = new Map(tokens.map((text, id) => [text, id]));
  for (const { id: requestedId, content, special, lstrip, rstrip, singleWord } of added) {
    const existingId = ids.get(content);
    // A token without an id is a piece of the model, or is appended to the table.
    const isPiece =
      existingId !== undefined && (types[existingId] !== TOKEN_TYPE.normal || isPlainWord(content));
    if (requestedId === undefined && isPiece) continue;
    if (singleWord)
      throw unsupportedError(source, `the added token ${content.slice(0, 40)} with single_word`);
    const id = requestedId ?? existingId ?? tokens.length;
    if (id > maxId) throw badTokenizer(source, `the id ${id} of an added token is far beyond the vocabulary`);
    for (let gap = tokens.length; gap < id; gap++) {
      tokens[gap] = '';
      types[gap] = TOKEN_TYPE.unused;
      scores[gap] = 0;
    }
    tokens[id] = special ? content : unescapeSpaces(content);
    ids.set(content, id);
    normalizedIds.delete(id);
    if (types[id] !== TOKEN_TYPE.unknown) types[id] = special ? TOKEN_TYPE.control : TOKEN_TYPE.userDefined;
    scores[id] ??= 0;
    if (lstrip || rstrip) strips.set(id, { left: lstrip, right: rstrip });
  }
  const controlId = (text: string): number | undefined => {
    const id = tokens.indexOf(text);
    return types[id] === TOKEN_TYPE.control ? id : undefined;
  };
  return { tokens, types, scores, strips, normalizedIds, controlId };
}

// Added tokens are matched in the text before normalization, where spaces are not escaped.
const unescapeSpaces = (text: string): string => text.replaceAll('\u2581', ' ');

function unsupportedError(source: string, message: string): QuireError {
  const hint = 'use the tokenizer.json of the model, or a GGUF of the model';
  return new QuireError('unsupported_tokenizer', `${source}: ${message} is not supported`, hint);
}
