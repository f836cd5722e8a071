// A folder of results: NAME.json and NAME-*.svg of each experiment, and index.html with all of them.

import { access, constants, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QuireError } from '../base/errors.ts';
import { makeFolder } from '../base/node/make-folder.ts';
import { EXPERIMENTS } from './experiments.ts';
import { EXTERNAL_RESULTS } from './external-results.ts';
import { readResult, unreadableError } from './read-result.ts';
import { renderAgain } from './render-again.ts';
import { reportPage } from './report/page.ts';
import { importVega, renderChart } from './report/render-chart.ts';
import type { LabResult } from './result.ts';
import type { Language } from './text.ts';

const NAMES = [...EXPERIMENTS.map(({ name }) => name), ...Object.keys(EXTERNAL_RESULTS)];

export class ResultFolder {
  readonly path: string;
  readonly #language: Language;

  private constructor(path: string, language: Language) {
    this.path = path;
    this.#language = language;
  }

  /**
   * Creates the folder if it is missing. Throws `missing_package`, `file_not_writable`, or `file_unreadable` if the folder
   * contains damaged results, so that these errors occur before anything is measured.
   */
  static async open(path: string, language: Language): Promise<ResultFolder> {
    await importVega();
    try {
      await makeFolder(path);
      await access(path, constants.W_OK);
    } catch (error) {
      throw notWritable(path, error);
    }
    const folder = new ResultFolder(path, language);
    await readResults(path);
    return folder;
  }

  /** Writes results and their charts, and the page of all results in the folder. */
  async add(...results: readonly LabResult[]): Promise<void> {
    for (const result of results) await this.#writeResult(result);
    await this.#write('index.html', await reportPage(await readResults(this.path), this.#language));
  }

  async #writeResult({ charts, ...result }: LabResult): Promise<void> {
    const { experiment } = result;
    const drawings = new Map<string, string>();
    for (const chart of charts)
      drawings.set(`${experiment}-${chart.name}.svg`, await renderChart(chart, this.#language, 'file'));
    const ofExperiment = new RegExp(`^${experiment}-[a-z0-9]+\\.svg$`);
    for (const name of await readdir(this.path))
      if (ofExperiment.test(name) && !drawings.has(name)) await this.#remove(name);
    for (const [name, drawing] of drawings) await this.#write(name, drawing);
    await this.#write(`${experiment}.json`, `${JSON.stringify({ ...result, charts }, undefined, 1)}\n`);
  }

  async #remove(name: string): Promise<void> {
    const path = join(this.path, name);
    try {
      await rm(path);
    } catch (error) {
      throw notWritable(path, error);
    }
  }

  // The file is renamed when it is complete, so that an interrupted run leaves no partial file.
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

/**
 * Renders all results of a folder again from their measured data, and writes them to the folder `out`. No file is
 * written unless all results can be rendered. Throws `file_not_found` and `file_unreadable`.
 */
export async function renderFolder(path: string, out: string, language: Language): Promise<LabResult[]> {
  const saved = await readResults(path);
  if (saved.length === 0)
    throw new QuireError(
      'file_not_found',
      `${path} contains no results of quire lab`,
      'give a folder that quire lab --out wrote',
    );
  const results = saved.map((result) => renderAgain(result, join(path, `${result.experiment}.json`)));
  const folder = await ResultFolder.open(out, language);
  await folder.add(...results);
  return results;
}

async function readResults(path: string): Promise<LabResult[]> {
  const files = new Set(await listFiles(path));
  const results: LabResult[] = [];
  for (const name of NAMES) {
    if (!files.has(`${name}.json`)) continue;
    const file = join(path, `${name}.json`);
    const result = await readResult(file);
    if (result.experiment !== name)
      throw unreadableError(file, `it contains a result of ${result.experiment}, not of ${name}`);
    results.push(result);
  }
  return results;
}

async function listFiles(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    throw new QuireError(
      'file_not_found',
      `${path} cannot be read as a folder: ${error instanceof Error ? error.message : String(error)}`,
      'give a folder that quire lab --out wrote',
      { cause: error },
    );
  }
}

const notWritable = (path: string, cause: unknown): QuireError =>
  new QuireError(
    'file_not_writable',
    `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
    'give --out a folder that you may write to',
    { cause },
  );
