// --api-key-file: one key a line, with a name and limits where they are given. Lines that begin with # are comments.
//
//   3f0c...e1 name=ada rpm=60 tpm=100000 parallel=8
//   sha256:9b74...08 name=bob

import { readFile, stat } from 'node:fs/promises';
import { QuireError } from '../../../base/errors.ts';
import { type ApiKey, apiKey, type KeyLimits } from './api-key.ts';

const OTHERS = 0o077;
const LIMITS: Readonly<Record<string, keyof KeyLimits>> = {
  parallel: 'parallel',
  rpm: 'requestsPerMinute',
  tpm: 'tokensPerMinute',
};

export interface KeyFile {
  readonly keys: readonly ApiKey[];
  /** others can read it */
  readonly warning?: QuireError;
}

/** Raises `bad_option` with the line at fault, and `file_not_found` or `file_unreadable`. */
export async function readKeyFile(path: string): Promise<KeyFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const kind = code === 'ENOENT' ? 'file_not_found' : 'file_unreadable';
    throw new QuireError(kind, `the key file ${path} cannot be read (${code})`, 'check --api-key-file', {
      cause: error,
    });
  }
  const keys = parseKeyFile(text, path);
  const mode = process.platform === 'win32' ? 0 : (await stat(path)).mode & 0o777;
  return (mode & OTHERS) === 0 ? { keys } : { keys, warning: notPrivate(path, mode) };
}

/** @param path for errors */
export function parseKeyFile(text: string, path: string): ApiKey[] {
  const seen = new Map<string, number>(); // keys and names, with their lines
  const keys = text.split(/\r?\n/).flatMap((line, index) => {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || words[0]!.startsWith('#')) return [];
    try {
      const key = keyOf(words);
      checkNew(seen, key, index + 1);
      return [key];
    } catch (error) {
      if (!(error instanceof QuireError)) throw error;
      throw new QuireError(error.code, `line ${index + 1} of ${path}: ${error.message}`, error.hint);
    }
  });
  if (keys.length > 0) return keys;
  throw new QuireError('bad_option', `there is no key in ${path}`, 'write one a line');
}

function keyOf([key, ...attributes]: readonly string[]): ApiKey {
  let name: string | undefined;
  const given = new Set<string>();
  const limits: { -readonly [Name in keyof KeyLimits]: number } = {};
  for (const attribute of attributes) {
    const [, word = '', value = ''] = /^(\w+)=(.*)$/.exec(attribute) ?? [];
    if (given.has(word)) throw new QuireError('bad_option', `${word}= is there twice`, 'give it once');
    given.add(word);
    if (word === 'name') name = value;
    else if (Object.hasOwn(LIMITS, word) && /^[1-9]\d{0,14}$/.test(value))
      limits[LIMITS[word]!] = Number(value);
    else throw badAttribute(attribute);
  }
  return apiKey(key ?? '', { name, limits });
}

function checkNew(seen: Map<string, number>, { digest, name }: ApiKey, line: number): void {
  for (const [what, id] of [
    ['key', `key ${digest.toString('hex')}`],
    ['name', name === undefined ? undefined : `name ${name}`],
  ] as const) {
    if (id === undefined) continue;
    const before = seen.get(id);
    if (before !== undefined)
      throw new QuireError('bad_option', `its ${what} is that of line ${before}`, 'give each once');
    seen.set(id, line);
  }
}

// What is not understood may be a part of a key, so it is not repeated.
const badAttribute = (attribute: string): QuireError =>
  new QuireError(
    'bad_option',
    `what follows the key is not understood${/^(rpm|tpm|parallel)=/.test(attribute) ? ` (${attribute.slice(0, 40)})` : ''}`,
    'it takes name=NAME, rpm=N, tpm=N and parallel=N, each a whole number from 1',
  );

const notPrivate = (path: string, mode: number): QuireError =>
  new QuireError(
    'file_not_private',
    `other users of this machine can read the keys in ${path}, whose mode is ${mode.toString(8)}`,
    'run chmod 600 on it',
  );
