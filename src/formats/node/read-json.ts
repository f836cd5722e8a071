// Reads the JSON files of a checkpoint's folder. Each file must contain a JSON object; errors name the file.

import { join } from 'node:path';
import { QuireError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { isTooDeep, MAX_DEPTH } from '../json-depth.ts';
import { isJsonObject } from '../json-object.ts';
import { brokenLinkError, isBrokenLink } from './file-source.ts';
import { readOptionalText } from './read-text.ts';

/** Reads a required file of `folder`. Rejects with `bad_model_folder` or, for a broken link, `file_not_found`. */
export async function readJson(folder: string, file: string): Promise<JsonObject> {
  const path = join(folder, file);
  const text = await readOptionalText(path);
  if (text !== undefined) return parseObject(path, text);
  if (await isBrokenLink(path)) throw brokenLinkError(path);
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
 * Parses a JSON object as Python does. Throws `bad_model_folder` for text that Python also rejects.
 * @param path the file's name in messages
 */
export function parseObject(path: string, text: string): JsonObject {
  if (text.startsWith('\ufeff')) throw byteOrderMarkError(path);
  const value = parseJson(path, text);
  if (!isJsonObject(value)) throw notAnObjectError(path);
  if (isTooDeep(value)) throw tooDeepError(path);
  return value;
}

function parseJson(path: string, text: string): unknown {
  try {
    return parseLikePython(text);
  } catch (error) {
    throw notAnObjectError(path, error);
  }
}

// Replaces NaN during parsing; no string of a checkpoint contains this private-use character.
const NAN_MARK = '\ue000NaN';
// An unterminated string matches up to the end of the text: trying again inside it would take quadratic time.
const STRING_OR_WORD = /"[^"\\]*(?:\\.?[^"\\]*)*(?:"|$)|-?\bInfinity\b|\bNaN\b/gs;

// Python writes and reads Infinity and NaN, which are not valid JSON.
function parseLikePython(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const jsonText = text.replace(STRING_OR_WORD, (match) => {
      if (match.startsWith('"')) return match;
      return match === 'NaN' ? JSON.stringify(NAN_MARK) : match.replace('Infinity', '1e999');
    });
    if (jsonText === text) throw error;
    return JSON.parse(jsonText, (_, value: unknown) => (value === NAN_MARK ? Number.NaN : value));
  }
}

function byteOrderMarkError(path: string): QuireError {
  const message = `${path} begins with a byte order mark`;
  return new QuireError('bad_model_folder', message, 'save it as UTF-8 without a byte order mark');
}

function tooDeepError(path: string): QuireError {
  const message = `${path} has lists and objects nested deeper than ${MAX_DEPTH}`;
  return new QuireError('bad_model_folder', message, 'the file is damaged: download it again');
}

function notAnObjectError(path: string, cause?: unknown): QuireError {
  const hint = 'the file is damaged: download it again';
  return new QuireError('bad_model_folder', `${path} is not a JSON object`, hint, { cause });
}
