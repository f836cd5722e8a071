// Compares the tokenizer with the reference vocabularies in ../shared/vocab: GGUF files with 46 texts each (.inp) and
// their expected token ids (.out). `npm run test:vocab` prints a line for each vocabulary. It fails if the token ids of a
// supported vocabulary differ.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QuireError } from '../src/base/errors.ts';
import { openTokenizer } from '../src/formats/node/open-model.ts';
import { createTokenizer, type Tokenizer } from '../src/text/tokenizer.ts';

export const VOCAB_FOLDER = fileURLToPath(new URL('../../shared/vocab', import.meta.url));

const SEPARATOR = '\n__ggml_vocab_test__\n';

export interface Difference {
  readonly text: string;
  readonly expected: readonly number[];
  readonly actual: readonly number[];
}

export interface VocabResult {
  readonly name: string;
  readonly texts: number;
  /** undefined if the tokenizer is not supported; `reason` states why */
  readonly differences: readonly Difference[] | undefined;
  readonly reason?: string;
}

/** Returns one result per vocabulary in `folder`; none if the folder is missing. */
export async function compareVocabularies(folder = VOCAB_FOLDER): Promise<VocabResult[]> {
  const files = await readdir(folder).catch(() => []);
  const vocabularies = files.filter((file) => file.endsWith('.gguf')).sort();
  return Promise.all(vocabularies.map((file) => compareVocabulary(join(folder, file))));
}

async function compareVocabulary(path: string): Promise<VocabResult> {
  const name = /ggml-vocab-(.+)\.gguf$/.exec(path)?.[1] ?? path;
  const cases = await readCases(path);
  try {
    const tokenizer = createTokenizer(await openTokenizer(path));
    return { name, texts: cases.length, differences: findDifferences(tokenizer, cases) };
  } catch (error) {
    if (!(error instanceof QuireError) || error.code !== 'unsupported_tokenizer') throw error;
    return { name, texts: cases.length, differences: undefined, reason: error.message };
  }
}

type Case = Pick<Difference, 'text' | 'expected'>;

async function readCases(path: string): Promise<Case[]> {
  // Every text is followed by the separator.
  const texts = (await readFile(`${path}.inp`, 'utf8')).split(SEPARATOR).slice(0, -1);
  const lines = (await readFile(`${path}.out`, 'utf8')).split('\n').slice(0, -1);
  if (texts.length !== lines.length)
    throw new Error(`${path}: ${texts.length} texts, ${lines.length} results`);
  return texts.map((text, index) => ({ text, expected: readIds(lines[index] ?? '') }));
}

const readIds = (line: string): number[] => (line.match(/\d+/g) ?? []).map(Number);

function findDifferences(tokenizer: Tokenizer, cases: readonly Case[]): Difference[] {
  return cases
    .map(({ text, expected }) => ({ text, expected, actual: tokenizer.encode(text) }))
    .filter(({ expected, actual }) => expected.join(' ') !== actual.join(' '));
}

/** Returns the report line of a vocabulary. */
export function reportLine({ name, texts, differences, reason }: VocabResult): string {
  if (differences === undefined) return `${name}: not supported (${reason})`;
  return `${name}: ${texts - differences.length}/${texts} exact`;
}

async function main(): Promise<number> {
  const results = await compareVocabularies();
  if (results.length === 0) {
    process.stdout.write(`skipped: no vocabularies at ${VOCAB_FOLDER}\n`);
    return 0;
  }
  for (const result of results) process.stdout.write(`${reportLine(result)}\n`);
  for (const { name, differences = [] } of results) {
    for (const { text, expected, actual } of differences) {
      process.stdout.write(
        `\n${name} ${JSON.stringify(text)}\n  expected ${expected}\n  actual   ${actual}\n`,
      );
    }
  }
  return results.some(({ differences = [] }) => differences.length > 0) ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
