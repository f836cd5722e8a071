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

const writeAndRead = async (text: string | Uint8Array) => {
  await writeFile(join(folder, 'a.json'), text);
  return readJson(folder, 'a.json');
};

it('readJson reads Infinity and NaN, which Python writes', async () => {
  expect(await writeAndRead('{"a": Infinity, "b": [-Infinity, NaN], "c": 1}')).toEqual({
    a: Number.POSITIVE_INFINITY,
    b: [Number.NEGATIVE_INFINITY, Number.NaN],
    c: 1,
  });
});

it('readJson does not change strings that contain Infinity or NaN', async () => {
  const texts = { 'NaN "x"': 'Infinity, \\ "NaN" -Infinity', b: '\\' };
  const text = `${JSON.stringify(texts).slice(0, -1)}, "n": NaN}`;
  expect(await writeAndRead(text)).toEqual({ ...texts, n: Number.NaN });
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
])('readJson rejects %.20s', async (text) => {
  await expect(writeAndRead(text)).rejects.toMatchObject({ code: 'bad_model_folder' });
});

// Python also reports a byte order mark with a separate error.
it('readJson rejects a byte order mark, and the error states the cause', async () => {
  await expect(writeAndRead('\ufeff{"a": 1}')).rejects.toMatchObject({
    code: 'bad_model_folder',
    message: expect.stringMatching(/a\.json begins with a byte order mark$/),
  });
});

describe('an unsuitable JSON file', () => {
  const path = (file: string) => join(folder, file);

  it.each(['pipe', 'device'])('that is a %s is rejected before opening', async (kind) => {
    if (kind === 'pipe') execFileSync('mkfifo', [path('a.json')]);
    else await symlink('/dev/zero', path('a.json'));
    await expect(readOptionalJson(folder, 'a.json')).rejects.toMatchObject({
      code: 'file_unreadable',
      message: expect.stringMatching(/a\.json is not a file$/),
    });
  });

  it('that is too large is rejected before reading', async () => {
    await writeFile(path('a.json'), '{}');
    await truncate(path('a.json'), 2 ** 32);
    await expect(readJson(folder, 'a.json')).rejects.toMatchObject({
      code: 'bad_model_folder',
      message: expect.stringContaining('4294967296 bytes'),
    });
  });

  it.each(['nowhere', 'a.json'])(
    'that is a link to a missing file or to itself (%s) is rejected, and the error states the cause',
    async (target) => {
      await symlink(target, path('a.json'));
      await expect(readJson(folder, 'a.json')).rejects.toMatchObject({
        message: expect.stringMatching(
          /a\.json (?:is a link to a file that does not exist|cannot be read \(ELOOP\))$/,
        ),
      });
    },
  );
});

it('readJson rejects text that is not UTF-8', async () => {
  await expect(writeAndRead(Uint8Array.of(0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d))).rejects.toMatchObject({
    code: 'bad_model_folder',
    message: expect.stringMatching(/a\.json is not UTF-8$/),
  });
});

// Deep nesting is rejected because the code that reads and quotes the values is recursive.
it.each(['[', '{"a":'])('readJson rejects %s nested 100,000 times', async (open) => {
  const nested = (depth: number) => `${open.repeat(depth)}1${(open === '[' ? ']' : '}').repeat(depth)}`;
  expect(await writeAndRead(`{"b": ${nested(127)}}`)).toHaveProperty('b');
  await expect(writeAndRead(`{"b": ${nested(100_000)}}`)).rejects.toMatchObject({
    code: 'bad_model_folder',
    message: expect.stringMatching(/deeper than 128$/),
  });
});
