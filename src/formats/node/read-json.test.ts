import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readJson } from './read-json.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-json-'));
});
afterEach(() => rm(folder, { recursive: true }));

const read = async (text: string) => {
  await writeFile(join(folder, 'a.json'), text);
  return readJson(folder, 'a.json');
};

it('reads the numbers that Python writes and JSON does not know', async () => {
  expect(await read('{"a": Infinity, "b": [-Infinity, NaN], "c": 1}')).toEqual({
    a: Number.POSITIVE_INFINITY,
    b: [Number.NEGATIVE_INFINITY, Number.NaN],
    c: 1,
  });
});

it('leaves texts as they are', async () => {
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
])('refuses %.20s', async (text) => {
  await expect(read(text)).rejects.toMatchObject({ code: 'bad_model_folder' });
});

// As Python, which tells it from a damaged file too.
it('refuses a byte order mark by name', async () => {
  await expect(read('\ufeff{"a": 1}')).rejects.toMatchObject({
    code: 'bad_model_folder',
    message: expect.stringMatching(/a\.json begins with a byte order mark$/),
  });
});
