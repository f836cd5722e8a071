import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJson, readOptionalJson } from './read-json.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-json-'));
});
afterEach(() => rm(folder, { recursive: true }));

const read = async (text: string | Uint8Array) => {
  await writeFile(join(folder, 'a.json'), text);
  return readJson(folder, 'a.json');
};

it('reads Infinity and NaN, which Python writes', async () => {
  expect(await read('{"a": Infinity, "b": [-Infinity, NaN], "c": 1}')).toEqual({
    a: Number.POSITIVE_INFINITY,
    b: [Number.NEGATIVE_INFINITY, Number.NaN],
    c: 1,
  });
});

it('does not change strings with these words', async () => {
  const texts = { 'NaN "x"': 'Infinity, \\ "NaN" -Infinity', b: '\\' };
  const whole = `${JSON.stringify(texts).slice(0, -1)}, "n": NaN}`;
  expect(await read(whole)).toEqual({ ...texts, n: Number.NaN });
});

it.each([
  '{"a": NaNs}',
  '{"a": Infinity',
  '[NaN]',
  '{"a": nan}',
  '{"a": "NaN}',
  `{"a": ${'"'.repeat(100_001)}`,
  `{"a": "${'\\"'.repeat(500_000)}`,
  `{"a": NaN, "b": "${'\\"'.repeat(500_000)}\\`,
])('rejects %.20s', async (text) => {
  await expect(read(text)).rejects.toMatchObject({ code: 'bad_model_folder' });
});

// Python reports it separately too.
it('rejects a byte order mark by name', async () => {
  await expect(read('\ufeff{"a": 1}')).rejects.toMatchObject({
    code: 'bad_model_folder',
    message: expect.stringMatching(/a\.json begins with a byte order mark$/),
  });
});

describe('an unsuitable file', () => {
  const path = (file: string) => join(folder, file);

  it.each(['pipe', 'device'])('is rejected before it is opened: a %s', async (kind) => {
    if (kind === 'pipe') execFileSync('mkfifo', [path('a.json')]);
    else await symlink('/dev/zero', path('a.json'));
    await expect(readOptionalJson(folder, 'a.json')).rejects.toMatchObject({
      code: 'file_unreadable',
      message: expect.stringMatching(/a\.json is not a file$/),
    });
  });

  it('is rejected by its size before it is read', async () => {
    await writeFile(path('a.json'), '{}');
    await truncate(path('a.json'), 2 ** 32);
    await expect(readJson(folder, 'a.json')).rejects.toMatchObject({
      code: 'bad_model_folder',
      message: expect.stringContaining('4294967296 bytes'),
    });
  });

  it.each(['nowhere', 'a.json'])('is reported as a link without its target (%s)', async (target) => {
    await symlink(target, path('a.json'));
    await expect(readJson(folder, 'a.json')).rejects.toMatchObject({
      message: expect.stringMatching(
        /a\.json (?:is a link to a file that does not exist|cannot be read \(ELOOP\))$/,
      ),
    });
  });
});

it('rejects text that is not UTF-8', async () => {
  await expect(read(Uint8Array.of(0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d))).rejects.toMatchObject({
    code: 'bad_model_folder',
    message: expect.stringMatching(/a\.json is not UTF-8$/),
  });
});

// The code that reads and quotes the values is recursive.
it.each(['[', '{"a":'])('rejects %s nested without end', async (open) => {
  const nested = (depth: number) => `${open.repeat(depth)}1${(open === '[' ? ']' : '}').repeat(depth)}`;
  expect(await read(`{"b": ${nested(127)}}`)).toHaveProperty('b');
  await expect(read(`{"b": ${nested(100_000)}}`)).rejects.toMatchObject({
    code: 'bad_model_folder',
    message: expect.stringMatching(/deeper than 128$/),
  });
});
