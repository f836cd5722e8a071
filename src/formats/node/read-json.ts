// The JSON files of a checkpoint's folder: objects, or an error that names the file.

import { join } from 'node:path';
import { QuireError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { isTooDeep, MAX_DEPTH } from '../json-depth.ts';
import { brokenLink, isBrokenLink } from './file-source.ts';
import { readTextIfThere } from './read-text.ts';

/** A file of `folder` that must be there and hold a JSON object. Rejects with `bad_model_folder`, `file_not_found`. */
export async function readJson(folder: string, file: string): Promise<JsonObject> {
  const path = join(folder, file);
  const text = await readTextIfThere(path);
  if (text !== undefined) return parseObject(path, text);
  if (await isBrokenLink(path)) throw brokenLink(path);
  throw new QuireError(
    'bad_model_folder',
    `${folder} has no ${file}`,
    'give the folder of a complete checkpoint',
  );
}

/** As `readJson`; an empty object where the file is absent. */
export async function readJsonIfThere(folder: string, file: string): Promise<JsonObject> {
  const text = await readTextIfThere(join(folder, file));
  return text === undefined ? {} : parseObject(join(folder, file), text);
}

/**
 * Throws `bad_model_folder` for what Python would not take for an object either.
 * @param path names the file in messages
 */
export function parseObject(path: string, text: string): JsonObject {
  if (text.startsWith('\ufeff')) throw byteOrderMark(path);
  const value = parse(path, text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notAnObject(path);
  if (isTooDeep(value)) throw tooDeep(path);
  return value as JsonObject;
}

function parse(path: string, text: string): unknown {
  try {
    return parseLikePython(text);
  } catch (error) {
    throw notAnObject(path, error);
  }
}

// What no string of a checkpoint's files contains.
const NO_NUMBER = '\ue000NaN';
// A string that does not end reaches to the end of the text: to begin another in the midst of it would be quadratic work.
const STRING_OR_WORD = /"[^"\\]*(?:\\.?[^"\\]*)*(?:"|$)|-?\bInfinity\b|\bNaN\b/gs;

// Python writes numbers that are not finite as words, which JSON does not know, and reads them back.
function parseLikePython(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const spelled = text.replace(STRING_OR_WORD, (found) => {
      if (found.startsWith('"')) return found;
      return found === 'NaN' ? JSON.stringify(NO_NUMBER) : found.replace('Infinity', '1e999');
    });
    if (spelled === text) throw error;
    return JSON.parse(spelled, (_, value: unknown) => (value === NO_NUMBER ? Number.NaN : value));
  }
}

function byteOrderMark(path: string): QuireError {
  const what = `${path} begins with a byte order mark`;
  return new QuireError('bad_model_folder', what, 'save it as UTF-8 without one');
}

function tooDeep(path: string): QuireError {
  const what = `${path} nests lists and objects deeper than ${MAX_DEPTH}`;
  return new QuireError('bad_model_folder', what, 'the file is damaged: download it again');
}

function notAnObject(path: string, cause?: unknown): QuireError {
  const hint = 'the file is damaged: download it again';
  return new QuireError('bad_model_folder', `${path} is not a JSON object`, hint, { cause });
}
