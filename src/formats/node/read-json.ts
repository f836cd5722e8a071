// Reads the JSON files of a checkpoint's folder. Each must be an object; an error names the file.

import { join } from 'node:path';
import { QuireError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { isTooDeep, MAX_DEPTH } from '../json-depth.ts';
import { isJsonObject } from '../json-object.ts';
import { brokenLink, isBrokenLink } from './file-source.ts';
import { readOptionalText } from './read-text.ts';

/** Reads a required file of `folder`. Rejects with `bad_model_folder` or, for a broken link, `file_not_found`. */
export async function readJson(folder: string, file: string): Promise<JsonObject> {
  const path = join(folder, file);
  const text = await readOptionalText(path);
  if (text !== undefined) return parseObject(path, text);
  if (await isBrokenLink(path)) throw brokenLink(path);
  throw new QuireError(
    'bad_model_folder',
    `${folder} has no ${file}`,
    'use the folder of a complete checkpoint',
  );
}

/** Like `readJson`, but returns an empty object for an absent file. */
export async function readOptionalJson(folder: string, file: string): Promise<JsonObject> {
  const text = await readOptionalText(join(folder, file));
  return text === undefined ? {} : parseObject(join(folder, file), text);
}

/**
 * Parses a JSON object as Python does. Throws `bad_model_folder` for text that Python rejects too.
 * @param path the file's name in messages
 */
export function parseObject(path: string, text: string): JsonObject {
  if (text.startsWith('\ufeff')) throw byteOrderMark(path);
  const value = parse(path, text);
  if (!isJsonObject(value)) throw notAnObject(path);
  if (isTooDeep(value)) throw tooDeep(path);
  return value;
}

function parse(path: string, text: string): unknown {
  try {
    return parseLikePython(text);
  } catch (error) {
    throw notAnObject(path, error);
  }
}

// Stands for NaN during parsing; no string of a checkpoint contains this private-use character.
const NAN_MARK = '\ue000NaN';
// An unterminated string matches up to the end of the text: trying again inside it would take quadratic time.
const STRING_OR_WORD = /"[^"\\]*(?:\\.?[^"\\]*)*(?:"|$)|-?\bInfinity\b|\bNaN\b/gs;

// Python writes Infinity and NaN, which are not valid JSON, and reads them back.
function parseLikePython(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const spelled = text.replace(STRING_OR_WORD, (found) => {
      if (found.startsWith('"')) return found;
      return found === 'NaN' ? JSON.stringify(NAN_MARK) : found.replace('Infinity', '1e999');
    });
    if (spelled === text) throw error;
    return JSON.parse(spelled, (_, value: unknown) => (value === NAN_MARK ? Number.NaN : value));
  }
}

function byteOrderMark(path: string): QuireError {
  const what = `${path} begins with a byte order mark`;
  return new QuireError('bad_model_folder', what, 'save it as UTF-8 without a byte order mark');
}

function tooDeep(path: string): QuireError {
  const what = `${path} has lists and objects nested deeper than ${MAX_DEPTH}`;
  return new QuireError('bad_model_folder', what, 'the file is damaged: download it again');
}

function notAnObject(path: string, cause?: unknown): QuireError {
  const hint = 'the file is damaged: download it again';
  return new QuireError('bad_model_folder', `${path} is not a JSON object`, hint, { cause });
}
