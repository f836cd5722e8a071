// Reads a result from a file, which may be damaged, of another version, or written by another program.

import type { QuireError } from '../base/errors.ts';
import { type JsonFileKind, readJsonFile, unreadableJsonError } from '../base/node/read-json-file.ts';
import { type LabResult, resultSchema } from './result.ts';

const KIND: JsonFileKind = {
  name: 'result of quire lab',
  hintIfMissing: 'give a NAME.json of quire lab',
  hintIfUnreadable:
    'give a NAME.json that this version of quire lab wrote; in a folder for --out, remove the file',
};
const NAME = /^[a-z0-9-]{1,64}$/; // of experiments and charts, which become file names

/** Reads and validates a result. Throws `file_not_found` and `file_unreadable`. */
export async function readResult(path: string): Promise<LabResult> {
  const parsed = resultSchema.safeParse(await readJsonFile(path, KIND));
  if (!parsed.success) {
    const { path: keys, message } = parsed.error.issues[0]!;
    throw unreadableError(path, `${keys.join('.') || 'the file'}: ${message}`);
  }
  const problem = problemOf(parsed.data);
  if (problem !== undefined) throw unreadableError(path, problem);
  return parsed.data;
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
  unreadableJsonError(path, KIND, reason);
