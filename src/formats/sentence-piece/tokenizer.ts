// A tokenizer.model as tokenizer data: what a converter writes into a GGUF of the kind `llama`. The JSON files
// beside it, where there are some, add tokens and say which of them begin and end a text.

import { defined } from '../../base/defined.ts';
import { QuireError } from '../../base/errors.ts';
import type { JsonObject, TokenizerVocabulary, TokenStrip } from '../../base/model/tokenizer-data.ts';
import {
  type FolderToken,
  flagOf,
  folderTokens,
  isPlainWord,
  MAX_GAP,
  namedSettings,
  type SpecialTokenFiles,
  tokenText,
} from '../hugging-face/special-tokens.ts';
import { idList } from '../hugging-face/tokenizer.ts';
import { findEndTokens } from '../tokenizer-end-tokens.ts';
import { readSentencePieceModel, type SentencePieceModel } from './model.ts';

export interface SentencePieceFolder extends SpecialTokenFiles {
  /** generation_config.json */
  readonly generation: JsonObject;
  /** config.json */
  readonly config: JsonObject;
}

const NOTHING: SentencePieceFolder = { settings: {}, generation: {}, config: {} };

const TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5 } as const;

/**
 * @param source names the file in messages
 * @param bytes the tokenizer.model
 * Throws `bad_tokenizer` for a damaged file, `unsupported_tokenizer` for what is not BPE.
 */
export function readSentencePieceTokenizer(
  source: string,
  bytes: Uint8Array,
  folder: SentencePieceFolder = NOTHING,
): TokenizerVocabulary {
  const model = readSentencePieceModel(source, bytes);
  checkSupported(source, model);
  const settings = namedSettings(folder);
  const table = tableOf(source, model, folderTokens(source, settings, folder.addedTokens));
  const unknownId = table.types.indexOf(TYPE.unknown);
  if (unknownId < 0) throw badTokenizer(source, 'it has no unknown piece');
  const bosId = table.controlId(tokenText(settings.bos_token) ?? model.bosPiece);
  const eosId = table.controlId(tokenText(settings.eos_token) ?? model.eosPiece);
  const listed = idList(folder.generation.eos_token_id ?? folder.config.eos_token_id);
  const inside = listed.filter((id) => id >= 0 && id < table.tokens.length);
  return {
    kind: 'vocabulary',
    model: 'llama',
    pre: undefined,
    tokens: table.tokens,
    ...findEndTokens(table.tokens, Int32Array.from(table.types), { answer: [eosId, ...inside] }),
    scores: Float32Array.from(table.scores),
    merges: undefined,
    addSpacePrefix: flagOf(settings.add_prefix_space, model.addDummyPrefix),
    removeExtraSpaces: model.removeExtraSpaces,
    unknownId,
    normalizedIds: table.normalizedIds,
    strips: table.strips,
    addBos: flagOf(settings.add_bos_token, true) && bosId !== undefined,
    ...defined({ bosId }),
  };
}

function checkSupported(source: string, model: SentencePieceModel): void {
  const { algorithm, charsMap, escapeSpaces, spaceAsSuffix } = model;
  if (algorithm !== 'bpe') throw unsupported(source, `SentencePiece of the kind ${algorithm}`);
  if (charsMap !== undefined) throw unsupported(source, `SentencePiece's normalization ${charsMap}`);
  if (!escapeSpaces) throw unsupported(source, 'SentencePiece without escape_whitespaces');
  if (spaceAsSuffix) throw unsupported(source, 'SentencePiece with treat_whitespace_as_suffix');
}

interface TokenTable {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
  readonly scores: readonly number[];
  readonly strips: ReadonlyMap<number, TokenStrip>;
  /** the model's own user-defined pieces */
  readonly normalizedIds: ReadonlySet<number>;
  /** the control token that is spelled so */
  controlId(text: string): number | undefined;
}

// The model's pieces, then what was added; an added token may also stand in the place of a piece.
function tableOf(source: string, model: SentencePieceModel, added: readonly FolderToken[]): TokenTable {
  const tokens = model.pieces.map(({ text }) => text);
  const types = model.pieces.map(({ type }) => type);
  const scores = model.pieces.map(({ score }) => score);
  const strips = new Map<number, TokenStrip>();
  const normalizedIds = new Set(types.flatMap((type, id) => (type === TYPE.userDefined ? [id] : [])));
  const most = tokens.length + MAX_GAP;
  const ids = new Map(tokens.map((text, id) => [text, id]));
  for (const { id: wanted, content, special, lstrip, rstrip, singleWord } of added) {
    const own = ids.get(content);
    // A token that is only named is one of the model's, or follows the others.
    const stays = own !== undefined && (types[own] !== TYPE.normal || isPlainWord(content));
    if (wanted === undefined && stays) continue;
    if (singleWord) throw unsupported(source, `the added token ${content.slice(0, 40)} with single_word`);
    const id = wanted ?? own ?? tokens.length;
    if (id > most) throw badTokenizer(source, `the added token ${id} is far beyond`);
    for (let gap = tokens.length; gap < id; gap++) {
      tokens[gap] = '';
      types[gap] = TYPE.unused;
      scores[gap] = 0;
    }
    tokens[id] = special ? content : spelled(content);
    ids.set(content, id);
    normalizedIds.delete(id);
    if (types[id] !== TYPE.unknown) types[id] = special ? TYPE.control : TYPE.userDefined;
    scores[id] ??= 0;
    if (lstrip || rstrip) strips.set(id, { left: lstrip, right: rstrip });
  }
  const controlId = (text: string): number | undefined => {
    const id = tokens.indexOf(text);
    return types[id] === TYPE.control ? id : undefined;
  };
  return { tokens, types, scores, strips, normalizedIds, controlId };
}

// Added tokens are found in the text as it is given, where spaces are spaces.
const spelled = (text: string): string => text.replaceAll('\u2581', ' ');

function unsupported(source: string, what: string): QuireError {
  const hint = 'give the tokenizer.json of the model, or a GGUF of it';
  return new QuireError('unsupported_tokenizer', `${source}: ${what} is not supported`, hint);
}

function badTokenizer(source: string, what: string): QuireError {
  return new QuireError('bad_tokenizer', `${source}: ${what}`, 'download the tokenizer again');
}
