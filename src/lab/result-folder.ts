// A folder of results: NAME.json and NAME-*.svg of each experiment, and index.html of all that are there.

import { access, constants, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QuireError } from '../base/errors.ts';
import { makeFolder } from '../base/node/make-folder.ts';
import { EXPERIMENTS } from './experiments.ts';
import { reportPage } from './report/page.ts';
import { renderChart } from './report/render-chart.ts';
import { type LabResult, resultSchema } from './result.ts';
import type { Language } from './text.ts';

const MOST_BYTES = 64 * 2 ** 20;

export class ResultFolder {
  readonly path: string;
  readonly #language: Language;

  private constructor(path: string, language: Language) {
    this.path = path;
    this.#language = language;
  }

  /**
   * Makes the folder where it is missing. Raises `file_not_writable`, and `file_unreadable` where results that lie
   * there already are damaged: before anything is measured.
   */
  static async open(path: string, language: Language): Promise<ResultFolder> {
    try {
      await makeFolder(path);
      await access(path, constants.W_OK);
    } catch (error) {
      throw notWritable(path, error);
    }
    const folder = new ResultFolder(path, language);
    await folder.#results();
    return folder;
  }

  /** Writes a result and its charts, and the page of all results that are in the folder. */
  async add(result: LabResult): Promise<void> {
    const ofIt = new RegExp(`^${result.experiment}-[a-z0-9]+\\.svg$`);
    for (const name of await readdir(this.path)) if (ofIt.test(name)) await rm(join(this.path, name));
    for (const chart of result.charts)
      await this.#write(
        `${result.experiment}-${chart.name}.svg`,
        await renderChart(chart, this.#language, 'file'),
      );
    await this.#write(`${result.experiment}.json`, `${JSON.stringify(result, undefined, 1)}\n`);
    await this.#write('index.html', await reportPage(await this.#results(), this.#language));
  }

  async #results(): Promise<LabResult[]> {
    const names = new Set(await readdir(this.path));
    const results: LabResult[] = [];
    for (const { name } of EXPERIMENTS)
      if (names.has(`${name}.json`)) results.push(await readResult(join(this.path, `${name}.json`)));
    return results;
  }

  // Renamed when whole, so that an interrupted run leaves no half of a file.
  async #write(name: string, contents: string): Promise<void> {
    const path = join(this.path, name);
    try {
      await writeFile(`${path}.part`, contents);
      await rename(`${path}.part`, path);
    } catch (error) {
      throw notWritable(path, error);
    }
  }
}

/** Reads a result. Raises `file_not_found` and `file_unreadable`. */
export async function readResult(path: string): Promise<LabResult> {
  let contents: string;
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw unreadable(path, `it has ${size} bytes`);
    contents = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof QuireError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing)
      throw new QuireError('file_not_found', `there is no file ${path}`, 'give a NAME.json of quire lab');
    throw unreadable(path, String(error));
  }
  const parsed = resultSchema.safeParse(jsonOf(contents));
  if (parsed.success) return parsed.data;
  const { path: where, message } = parsed.error.issues[0]!;
  throw unreadable(path, `${where.join('.') || 'it'}: ${message}`);
}

function jsonOf(contents: string): unknown {
  try {
    return JSON.parse(contents);
  } catch {
    return undefined;
  }
}

const unreadable = (path: string, why: string): QuireError =>
  new QuireError(
    'file_unreadable',
    `${path} is no result of quire lab: ${why}`,
    'give a NAME.json that quire lab wrote; in a folder for --out, remove it',
  );

const notWritable = (path: string, cause: unknown): QuireError =>
  new QuireError(
    'file_not_writable',
    `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
    'give --out a folder that you may write to',
    { cause },
  );
