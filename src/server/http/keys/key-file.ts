// Reads the file of --api-key-file: one key per line, optionally followed by a name and limits. Lines that start with # are
// comments.
//
//   3f0c...e1 name=ada rpm=60 tpm=100000 parallel=8
//   sha256:9b74...08 name=bob

import { readFile, stat } from 'node:fs/promises';
import { QuireError } from '../../../base/errors.ts';
import { type ApiKey, apiKey, type KeyLimits } from './api-key.ts';

/** Permission bits of the group and of other users. */
const GROUP_AND_OTHERS = 0o077;
const LIMIT_NAMES: Readonly<Record<string, keyof KeyLimits>> = {
  parallel: 'parallel',
  rpm: 'requestsPerMinute',
  tpm: 'tokensPerMinute',
};

export interface KeyFile {
  readonly keys: readonly ApiKey[];
  /** set if other users can read the file */
  readonly warning?: QuireError;
}

/** Rejects with `file_not_found`, `file_unreadable`, or `bad_option` and the number of the invalid line. */
export async function readKeyFile(path: string): Promise<KeyFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const errorCode = code === 'ENOENT' ? 'file_not_found' : 'file_unreadable';
    throw new QuireError(errorCode, `cannot read the key file ${path} (${code})`, 'check --api-key-file', {
      cause: error,
    });
  }
  const keys = parseKeyFile(text, path);
  const mode = process.platform === 'win32' ? 0 : (await stat(path)).mode & 0o777;
  return (mode & GROUP_AND_OTHERS) === 0 ? { keys } : { keys, warning: notPrivateError(path, mode) };
}

/**
 * Parses the text of a key file. Throws `bad_option`.
 * @param path path of the file for error messages
 */
export function parseKeyFile(text: string, path: string): ApiKey[] {
  const lineOf = new Map<string, number>(); // line number of each key and name
  const keys = text.split(/\r?\n/).flatMap((line, index) => {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || words[0]!.startsWith('#')) return [];
    try {
      const key = parseKey(words);
      checkUnique(lineOf, key, index + 1);
      return [key];
    } catch (error) {
      if (!(error instanceof QuireError)) throw error;
      throw new QuireError(error.code, `line ${index + 1} of ${path}: ${error.message}`, error.hint);
    }
  });
  if (keys.length > 0) return keys;
  throw new QuireError('bad_option', `${path} contains no key`, 'write one key per line');
}

function parseKey([key, ...attributes]: readonly string[]): ApiKey {
  let name: string | undefined;
  const names = new Set<string>();
  const limits: { -readonly [Name in keyof KeyLimits]: number } = {};
  for (const attribute of attributes) {
    const [, attributeName = '', value = ''] = /^(\w+)=(.*)$/.exec(attribute) ?? [];
    if (names.has(attributeName))
      throw new QuireError('bad_option', `${attributeName}= is repeated`, 'write each attribute once');
    names.add(attributeName);
    if (attributeName === 'name') name = value;
    else if (Object.hasOwn(LIMIT_NAMES, attributeName) && /^[1-9]\d{0,14}$/.test(value))
      limits[LIMIT_NAMES[attributeName]!] = Number(value);
    else throw attributeError(attribute);
  }
  return apiKey(key ?? '', { name, limits });
}

function checkUnique(lineOf: Map<string, number>, { digest, name }: ApiKey, line: number): void {
  for (const [kind, id] of [
    ['key', `key ${digest.toString('hex')}`],
    ['name', name === undefined ? undefined : `name ${name}`],
  ] as const) {
    if (id === undefined) continue;
    const firstLine = lineOf.get(id);
    if (firstLine !== undefined)
      throw new QuireError(
        'bad_option',
        `the ${kind} is the same as in line ${firstLine}`,
        `use each ${kind} once`,
      );
    lineOf.set(id, line);
  }
}

// An unknown attribute may be part of a key, so the error does not repeat it.
const attributeError = (attribute: string): QuireError =>
  new QuireError(
    'bad_option',
    `the text after the key is not valid${/^(rpm|tpm|parallel)=/.test(attribute) ? ` (${attribute.slice(0, 40)})` : ''}`,
    'use name=NAME, rpm=N, tpm=N and parallel=N, where N is a whole number from 1',
  );

const notPrivateError = (path: string, mode: number): QuireError =>
  new QuireError(
    'file_not_private',
    `other users of this machine can read the keys in ${path} (mode ${mode.toString(8)})`,
    `run chmod 600 ${path}`,
  );
