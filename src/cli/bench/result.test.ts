import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBenchResult } from './result.ts';

const SPEEDS = { prefillTokensPerSecond: 17, decodeTokensPerSecond: 1, throughputTokensPerSecond: 1 };
const RUN = { promptTokens: 8, generateTokens: 4, concurrency: 1, ...SPEEDS, repetitions: [SPEEDS] };
const RESULT = {
  ...{ format: 'quire-bench/1', model: 'm', weightType: 'F16', weightBytes: 10, kvDtype: 'f16', threads: 2 },
  ...{ backend: 'native', instructionSet: 'avx2', cache: 'paged', draftTokens: 0, loadMs: 5 },
  runs: [RUN],
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-bench-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileWith(contents: string): Promise<string> {
  const path = join(folder, 'result.json');
  await writeFile(path, contents);
  return path;
}

test('reads a result, whose unknown fields are ignored', async () => {
  const path = await fileWith(JSON.stringify({ ...RESULT, later: 1, runs: [{ ...RUN, later: 2 }] }));
  expect(await readBenchResult(path)).toEqual(RESULT);
});

const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

test.each([
  ['text', 'prefill 512', /it is not JSON$/],
  ['nothing', '', /it is not JSON$/],
  ['another value', '7', /: the file: /],
  ['a result of an earlier version', JSON.stringify({ ...RESULT, format: undefined }), /: format: /],
  ['a result of another version', JSON.stringify({ ...RESULT, format: 'quire-bench/2' }), /: format: /],
  ['no runs', JSON.stringify({ ...RESULT, runs: [] }), /: runs: /],
  [
    'a run without repetitions',
    JSON.stringify({ ...RESULT, runs: [{ ...RUN, repetitions: [] }] }),
    /: runs\.0\.repe/,
  ],
  ['a text as speed', JSON.stringify(RESULT).replace(':17,', ':"17",'), /prefillTokensPerSecond/],
  ['an infinite speed', JSON.stringify(RESULT).replace(':17,', ':1e999,'), /prefillTokensPerSecond/],
  ['a negative speed', JSON.stringify(RESULT).replace(':17,', ':-17,'), /prefillTokensPerSecond/],
  ['a long name', JSON.stringify({ ...RESULT, model: 'x'.repeat(1001) }), /: model: /],
  ['many runs', JSON.stringify({ ...RESULT, runs: new Array(1001).fill(RUN) }), /: runs: /],
  ['a null', JSON.stringify({ ...RESULT, runs: [null] }), /: runs\.0: /],
  ['deeply nested lists', nested, /nested more than 32 levels deep$/],
  ['a huge text', JSON.stringify({ ...RESULT, model: 'x'.repeat(65 * 2 ** 20) }), /more than 67108864$/],
])('rejects a file with %s', async (_name, contents, message) => {
  const path = await fileWith(contents);
  await expect(readBenchResult(path)).rejects.toMatchObject({
    code: 'file_unreadable',
    message: expect.stringMatching(message),
    hint: 'give the output of quire bench --json of this version',
  });
});

test('rejects a folder, a device and a path without a file', async () => {
  for (const path of [folder, '/dev/null'])
    await expect(readBenchResult(path)).rejects.toMatchObject({
      code: 'file_unreadable',
      message: expect.stringMatching(/it is not a file$/),
    });
  await expect(readBenchResult(join(folder, 'none'))).rejects.toMatchObject({ code: 'file_not_found' });
});
