// Opens the tokenizer of a Hugging Face folder: tokenizer.json, or else SentencePiece's tokenizer.model, together with
// the smaller files of the folder.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { QuireError } from '../../base/errors.ts';
import type { TokenizerData, TokenizerVocabulary } from '../../base/model/tokenizer-data.ts';
import { readFolderTemplates } from '../chat-template-data.ts';
import { mergeTokenSettings } from '../hugging-face/special-tokens.ts';
import { readHuggingFaceTokenizer } from '../hugging-face/tokenizer.ts';
import { readSentencePieceTokenizer, type SentencePieceFolder } from '../sentence-piece/tokenizer.ts';
import { fileError, openFileSource, pathExists } from './file-source.ts';
import { readJson, readOptionalJson } from './read-json.ts';
import { readOptionalText } from './read-text.ts';

const DEFINITION = 'tokenizer.json';
const SENTENCE_PIECE = 'tokenizer.model';

/** Reads the tokenizer in `folder`, which needs no other files of a checkpoint. */
export async function openHuggingFaceTokenizer(folder: string): Promise<TokenizerData> {
  const files = {
    settings: await readOptionalJson(folder, 'tokenizer_config.json'),
    specialTokensMap: await readOptionalJson(folder, 'special_tokens_map.json'),
    addedTokens: await readOptionalJson(folder, 'added_tokens.json'),
    generation: await readOptionalJson(folder, 'generation_config.json'),
    config: await readOptionalJson(folder, 'config.json'),
  };
  const templates = readFolderTemplates(mergeTokenSettings(files), await readTemplateFiles(folder));
  if (!(await pathExists(join(folder, DEFINITION))) && (await pathExists(join(folder, SENTENCE_PIECE)))) {
    return { ...(await openSentencePieceTokenizer(join(folder, SENTENCE_PIECE), files)), ...templates };
  }
  const definition = await readJson(folder, DEFINITION);
  return { ...readHuggingFaceTokenizer({ ...files, definition }), ...templates };
}

const TEMPLATE_FOLDER = 'additional_chat_templates';
const JINJA = '.jinja';

/** Returns the chat templates in separate files, by name. */
async function readTemplateFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const templates = new Map<string, string>();
  const main = await readOptionalText(join(folder, `chat_template${JINJA}`));
  if (main !== undefined) templates.set('default', main);
  for (const file of await filesIn(join(folder, TEMPLATE_FOLDER))) {
    const text = file.endsWith(JINJA)
      ? await readOptionalText(join(folder, TEMPLATE_FOLDER, file))
      : undefined;
    if (text !== undefined) templates.set(file.slice(0, -JINJA.length), text);
  }
  return templates;
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const failure = fileError(folder, error);
    if (failure.code === 'file_not_found') return [];
    throw failure;
  }
}

// Far above the largest tokenizer.model, and small enough not to exhaust memory.
const MAX_BYTES = 2 ** 27;

/**
 * Reads a tokenizer.model. Rejects with `bad_tokenizer` or `unsupported_tokenizer`.
 * @param files the other files of its folder
 */
export async function openSentencePieceTokenizer(
  path: string,
  files?: SentencePieceFolder,
): Promise<TokenizerVocabulary> {
  const source = await openFileSource(path);
  try {
    if (source.size > MAX_BYTES) {
      const message = `${path} has ${source.size} bytes, more than the limit of ${MAX_BYTES}`;
      throw new QuireError('bad_tokenizer', message, 'use the tokenizer.model of a checkpoint');
    }
    const bytes = new Uint8Array(source.size);
    await source.readInto(0, bytes);
    return readSentencePieceTokenizer(path, bytes, files);
  } finally {
    await source.close();
  }
}
