import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { apiKey } from './api-key.ts';
import { parseKeyFile, readKeyFile } from './key-file.ts';

const HASH = createHash('sha256').update('third').digest('hex');

test('parseKeyFile parses one key per line, with a name and limits', () => {
  const text = `# comment\n\nfirst\r\n  second name=ada rpm=60 tpm=100000 parallel=8\nsha256:${HASH} name=bob\n`;
  expect(parseKeyFile(text, 'keys')).toEqual([
    apiKey('first'),
    apiKey('second', {
      name: 'ada',
      limits: { requestsPerMinute: 60, tokensPerMinute: 100_000, parallel: 8 },
    }),
    { ...apiKey('third', { name: 'bob' }), short: false },
  ]);
});

test.each([
  ['', /keys contains no key/],
  ['# only a comment', /keys contains no key/],
  ['a-key\nb-key nome=ada', /line 2 of keys: .*not valid/],
  ['a-key b-key', /line 1/],
  ['a-key rpm=0', /rpm=0/],
  ['a-key tpm=many', /tpm=many/],
  ['a-key constructor=1', /line 1/],
  ['a-key name=', /line 1 of keys: .*name/],
  ['ключ', /line 1/],
  ['a-key rpm=1 rpm=2', /line 1 of keys: rpm= is repeated/],
  ['a-key rpm=1\na-key rpm=2', /line 2 of keys: the key is the same as in line 1/],
  ['a-key name=x\n\nb-key name=x', /line 3 of keys: the name is the same as in line 1/],
  [`sha256:${HASH.slice(1)}`, /line 1 of keys: .*not a SHA-256 hash/],
  [`SHA256:${HASH}0`, /not a SHA-256 hash/],
])('parseKeyFile rejects %j and states the line', (text, message) => {
  expect(() => parseKeyFile(text, 'keys')).toThrow(
    expect.objectContaining({ code: 'bad_option', message: expect.stringMatching(message) }),
  );
});

test('errors of parseKeyFile do not quote text that may be part of a key', () => {
  const error = (() => {
    try {
      parseKeyFile('half-a-key other-half', 'keys');
    } catch (thrown) {
      return String(thrown);
    }
    return '';
  })();
  expect(error).toContain('line 1');
  expect(error).not.toContain('half');
});

test('readKeyFile returns a warning if other users can read the file, and rejects if the file is missing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'quire-key-file-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'keys');
  await expect(readKeyFile(path)).rejects.toMatchObject({ code: 'file_not_found' });
  await writeFile(path, 'a-key\n');
  await chmod(path, 0o600);
  expect((await readKeyFile(path)).warning).toBeUndefined();
  await chmod(path, 0o644);
  if (process.platform !== 'win32')
    expect((await readKeyFile(path)).warning).toMatchObject({ code: 'file_not_private' });
  await expect(readKeyFile(folder)).rejects.toMatchObject({ code: 'file_unreadable' });
});
