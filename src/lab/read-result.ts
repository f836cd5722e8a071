// Reads a result from a file, which may be damaged, of another version, or written by another program.

import { readFile, stat } from 'node:fs/promises';
import { QuireError } from '../base/errors.ts';
import { type LabResult, resultSchema } from './result.ts';

const MAX_BYTES = 64 * 2 ** 20;
const MAX_NESTING = 32; // of arrays and objects; results of `quire lab` have at most 8 levels
const NAME = /^[a-z0-9-]{1,64}$/; // of experiments and charts, which become file names

/** Reads and validates a result. Throws `file_not_found` and `file_unreadable`. */
export async function readResult(path: string): Promise<LabResult> {
  const contents = parseJson(await readText(path), path);
  if (isNestedDeeper(contents, MAX_NESTING))
    throw unreadableError(path, `its values are nested more than ${MAX_NESTING} levels deep`);
  const parsed = resultSchema.safeParse(contents);
  if (!parsed.success) {
    const { path: keys, message } = parsed.error.issues[0]!;
    throw unreadableError(path, `${keys.join('.') || 'the file'}: ${message}`);
  }
  const problem = problemOf(parsed.data);
  if (problem !== undefined) throw unreadableError(path, problem);
  return parsed.data;
}

async function readText(path: string): Promise<string> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw unreadableError(path, 'it is not a file'); // reading a pipe or a device might never end
    const { size } = stats;
    if (size > MAX_BYTES) throw unreadableError(path, `it has ${size} bytes, more than ${MAX_BYTES}`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof QuireError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new QuireError('file_not_found', `there is no file ${path}`, 'give a NAME.json of quire lab');
    throw unreadableError(path, String(error));
  }
}

function parseJson(contents: string, path: string): unknown {
  try {
    return JSON.parse(contents);
  } catch {
    throw unreadableError(path, 'it is not JSON');
  }
}

function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isNestedDeeper(inner, levels - 1));
}

/** Returns a problem that the schema cannot detect; undefined if there is none. */
function problemOf({ experiment, tables, charts }: LabResult): string | undefined {
  if (!NAME.test(experiment)) return `experiment ${JSON.stringify(experiment.slice(0, 64))} is not a name`;
  const chart = charts.find(({ name }) => !NAME.test(name));
  if (chart !== undefined) return `chart ${JSON.stringify(chart.name.slice(0, 64))} is not a name`;
  const table = tables.find(({ columns, rows }) => rows.some((row) => row.length !== columns.length));
  if (table !== undefined)
    return `table ${JSON.stringify(table.name.slice(0, 64))} has rows of another length than its columns`;
  return undefined;
}

export const unreadableError = (path: string, reason: string): QuireError =>
  new QuireError(
    'file_unreadable',
    `${path} is not a usable result of quire lab: ${reason}`,
    'give a NAME.json that this version of quire lab wrote; in a folder for --out, remove the file',
  );
