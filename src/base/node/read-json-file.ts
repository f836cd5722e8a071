// Reads a JSON file that may be damaged, huge, deeply nested, or no file at all.

import { readFile, stat } from 'node:fs/promises';
import { QuireError } from '../errors.ts';

const MAX_BYTES = 64 * 2 ** 20;
const MAX_NESTING = 32; // of arrays and objects; results of Quire have at most 8 levels

/** What a file should contain, for error messages. */
export interface JsonFileKind {
  /** follows `is not a usable` */
  readonly name: string;
  readonly hintIfMissing: string;
  readonly hintIfUnreadable: string;
}

/** Returns the contents. Throws `file_not_found` and `file_unreadable`. */
export async function readJsonFile(path: string, kind: JsonFileKind): Promise<unknown> {
  const contents = parseJson(await readText(path, kind), path, kind);
  if (isNestedDeeper(contents, MAX_NESTING))
    throw unreadableJsonError(path, kind, `its values are nested more than ${MAX_NESTING} levels deep`);
  return contents;
}

async function readText(path: string, kind: JsonFileKind): Promise<string> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw unreadableJsonError(path, kind, 'it is not a file'); // reading a pipe or a device might never end
    const { size } = stats;
    if (size > MAX_BYTES)
      throw unreadableJsonError(path, kind, `it has ${size} bytes, more than ${MAX_BYTES}`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof QuireError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new QuireError('file_not_found', `there is no file ${path}`, kind.hintIfMissing);
    throw unreadableJsonError(path, kind, String(error));
  }
}

function parseJson(contents: string, path: string, kind: JsonFileKind): unknown {
  try {
    return JSON.parse(contents);
  } catch {
    throw unreadableJsonError(path, kind, 'it is not JSON');
  }
}

function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isNestedDeeper(inner, levels - 1));
}

/** Returns the error for a file whose contents are not of a kind. */
export const unreadableJsonError = (path: string, kind: JsonFileKind, reason: string): QuireError =>
  new QuireError('file_unreadable', `${path} is not a usable ${kind.name}: ${reason}`, kind.hintIfUnreadable);
