// The tokenizer of a folder as Hugging Face lays it out: tokenizer.json, or the tokenizer.model of SentencePiece
// where there is no other, with the smaller files beside it.

import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { QuireError } from '../../base/errors.ts';
import type { TokenizerData, TokenizerVocabulary } from '../../base/model/tokenizer-data.ts';
import { readFolderTemplates } from '../chat-template-data.ts';
import { namedSettings } from '../hugging-face/special-tokens.ts';
import { readHuggingFaceTokenizer } from '../hugging-face/tokenizer.ts';
import { readSentencePieceTokenizer, type SentencePieceFolder } from '../sentence-piece/tokenizer.ts';
import { fileError, openFileSource } from './file-source.ts';
import { readJson, readJsonIfThere } from './read-json.ts';
import { readTextIfThere } from './read-text.ts';

const DEFINITION = 'tokenizer.json';
const SENTENCE_PIECE = 'tokenizer.model';

/** The tokenizer in `folder`, which need hold nothing else. */
export async function openHuggingFaceTokenizer(folder: string): Promise<TokenizerData> {
  const beside = {
    settings: await readJsonIfThere(folder, 'tokenizer_config.json'),
    specialTokensMap: await readJsonIfThere(folder, 'special_tokens_map.json'),
    addedTokens: await readJsonIfThere(folder, 'added_tokens.json'),
    generation: await readJsonIfThere(folder, 'generation_config.json'),
    config: await readJsonIfThere(folder, 'config.json'),
  };
  const templates = readFolderTemplates(namedSettings(beside), await readTemplateFiles(folder));
  if (!(await exists(join(folder, DEFINITION))) && (await exists(join(folder, SENTENCE_PIECE)))) {
    return { ...(await openSentencePieceTokenizer(join(folder, SENTENCE_PIECE), beside)), ...templates };
  }
  const definition = await readJson(folder, DEFINITION);
  return { ...readHuggingFaceTokenizer({ ...beside, definition }), ...templates };
}

const MORE_TEMPLATES = 'additional_chat_templates';
const JINJA = '.jinja';

/** Templates in files of their own, by name. */
async function readTemplateFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const templates = new Map<string, string>();
  const usual = await readTextIfThere(join(folder, `chat_template${JINJA}`));
  if (usual !== undefined) templates.set('default', usual);
  for (const file of await filesIn(join(folder, MORE_TEMPLATES))) {
    const text = file.endsWith(JINJA) ? await readTextIfThere(join(folder, MORE_TEMPLATES, file)) : undefined;
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

// Above the largest that there are by far, below what would fill memory.
const MAX_BYTES = 2 ** 27;

/** A tokenizer.model, alone or with the files beside it. Rejects with `bad_tokenizer` or `unsupported_tokenizer`. */
export async function openSentencePieceTokenizer(
  path: string,
  beside?: SentencePieceFolder,
): Promise<TokenizerVocabulary> {
  const source = await openFileSource(path);
  try {
    if (source.size > MAX_BYTES) {
      const what = `${path} has ${source.size} bytes, more than any tokenizer.model`;
      throw new QuireError('bad_tokenizer', what, 'give the tokenizer.model of a checkpoint');
    }
    const bytes = new Uint8Array(source.size);
    await source.readInto(0, bytes);
    return readSentencePieceTokenizer(path, bytes, beside);
  } finally {
    await source.close();
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
